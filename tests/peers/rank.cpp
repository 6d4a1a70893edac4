// rank SIZE TYPE COLUMNS ROWS BANDS IN OUT: the median of a square window by OpenCV, on raw samples.
#include <cstdlib>

#include <opencv2/imgproc.hpp>

#include "raw.hpp"

int main(int argc, char **argv)
{
    if (argc != 8) return 2;
    cv::Mat in = raw_read(argv[6], argv[2], argv[3], argv[4], argv[5]), out;
    cv::medianBlur(in, out, std::atoi(argv[1]));
    raw_write(argv[7], out);
    return 0;
}
