// morph OPERATION SHAPE WIDTHxHEIGHT TYPE COLUMNS ROWS BANDS IN OUT: morphology by OpenCV, on raw samples.
#include <cstdio>
#include <map>
#include <string>

#include <opencv2/imgproc.hpp>

#include "raw.hpp"

namespace
{

const std::map<std::string, int> operations = {{"erode", cv::MORPH_ERODE},      {"dilate", cv::MORPH_DILATE},
                                               {"open", cv::MORPH_OPEN},        {"close", cv::MORPH_CLOSE},
                                               {"tophat", cv::MORPH_TOPHAT},    {"blackhat", cv::MORPH_BLACKHAT},
                                               {"gradient", cv::MORPH_GRADIENT}};

// OpenCV's own ellipse rounds where its rows end.
cv::Mat window(const std::string &shape, int width, int height)
{
    if (shape != "disk")
        return cv::getStructuringElement(shape == "cross" ? cv::MORPH_CROSS : cv::MORPH_RECT, cv::Size(width, height));
    const int a = width / 2, b = height / 2;
    cv::Mat mask(height, width, CV_8U);
    for (int y = -b; y <= b; y++)
        for (int x = -a; x <= a; x++)
            mask.at<uchar>(y + b, x + a) = x * x * b * b + y * y * a * a <= a * a * b * b;
    return mask;
}

} // namespace

int main(int argc, char **argv)
{
    int width = 0, height = 0;
    if (argc != 10 || std::sscanf(argv[3], "%dx%d", &width, &height) != 2) return 2;
    cv::Mat in = raw_read(argv[8], argv[4], argv[5], argv[6], argv[7]), out;
    cv::morphologyEx(in, out, operations.at(argv[1]), window(argv[2], width, height), cv::Point(-1, -1), 1,
                     cv::BORDER_REPLICATE);
    raw_write(argv[9], out);
    return 0;
}
