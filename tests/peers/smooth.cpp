// smooth gauss SIGMA|box RADIUS|conv -|bilateral SPACE,RANGE TYPE COLUMNS ROWS BANDS IN OUT: by OpenCV, on raw samples.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>

#include <opencv2/imgproc.hpp>

#include "raw.hpp"

int main(int argc, char **argv)
{
    if (argc != 9) return 2;
    const std::string what = argv[1];
    const int border = cv::BORDER_REPLICATE;
    double first = 0, second = 0;
    std::sscanf(argv[2], "%lf,%lf", &first, &second);
    cv::Mat in = raw_read(argv[7], argv[3], argv[4], argv[5], argv[6]), out;
    if (what == "gauss") {
        // Wide ones of ours are not cut off, and of narrow ones OpenCV is to have as many weights.
        const int radius = static_cast<int>(std::ceil((first < 4 ? 3 : 7) * first));
        cv::Mat exact;
        in.convertTo(exact, CV_64F); // its fixed point is off by several levels where weights are many
        cv::GaussianBlur(exact, exact, cv::Size(2 * radius + 1, 2 * radius + 1), first, first, border);
        exact.convertTo(out, in.type());
    } else if (what == "box") {
        const int side = 2 * static_cast<int>(first) + 1;
        cv::blur(in, out, cv::Size(side, side), cv::Point(-1, -1), border);
    } else if (what == "conv") {
        const cv::Mat kernel = (cv::Mat_<float>(3, 5) << 1, 2, 0, -2, -1, 2, 4, 8, -4, -2, 1, 2, 0, -2, -1) / 8;
        cv::filter2D(in, out, -1, kernel, cv::Point(-1, -1), 0, border);
    } else {
        const int radius = static_cast<int>(std::ceil(2 * first));
        cv::bilateralFilter(in, out, 2 * radius + 1, second, first, border);
    }
    raw_write(argv[8], out);
    return 0;
}
