// hist EQUALIZE|OTSU|TRIANGLE COLUMNS ROWS IN OUT: by OpenCV, on raw samples of u8.
#include <string>

#include <opencv2/imgproc.hpp>

#include "raw.hpp"

int main(int argc, char **argv)
{
    if (argc != 6) return 2;
    const std::string what = argv[1];
    cv::Mat in = raw_read(argv[4], "u8", argv[2], argv[3], "1"), out;
    if (what == "equalize")
        cv::equalizeHist(in, out);
    else
        cv::threshold(in, out, 0, 255, what == "otsu" ? cv::THRESH_OTSU : cv::THRESH_TRIANGLE);
    raw_write(argv[5], out);
    return 0;
}
