// morph OPERATION SHAPE WIDTHxHEIGHT TYPE COLUMNS ROWS BANDS IN OUT: morphology by OpenCV, on raw samples.
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>

#include <opencv2/imgproc.hpp>

namespace
{

const std::map<std::string, int> operations = {{"erode", cv::MORPH_ERODE},      {"dilate", cv::MORPH_DILATE},
                                               {"open", cv::MORPH_OPEN},        {"close", cv::MORPH_CLOSE},
                                               {"tophat", cv::MORPH_TOPHAT},    {"blackhat", cv::MORPH_BLACKHAT},
                                               {"gradient", cv::MORPH_GRADIENT}};

const std::map<std::string, int> types = {
    {"u8", CV_8U}, {"u16", CV_16U}, {"i16", CV_16S}, {"f32", CV_32F}, {"f64", CV_64F}};

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

bool move(const char *path, const char *mode, cv::Mat &image)
{
    FILE *file = std::fopen(path, mode);
    const std::size_t bytes = image.total() * image.elemSize();
    if (!file) return false;
    const std::size_t moved =
        *mode == 'r' ? std::fread(image.data, 1, bytes, file) : std::fwrite(image.data, 1, bytes, file);
    return std::fclose(file) == 0 && moved == bytes;
}

} // namespace

int main(int argc, char **argv)
{
    int width = 0, height = 0;
    if (argc != 10 || std::sscanf(argv[3], "%dx%d", &width, &height) != 2) return 2;
    cv::Mat in(std::atoi(argv[6]), std::atoi(argv[5]), CV_MAKETYPE(types.at(argv[4]), std::atoi(argv[7]))), out;
    if (!move(argv[8], "rb", in)) return std::perror(argv[8]), 1;
    cv::morphologyEx(in, out, operations.at(argv[1]), window(argv[2], width, height), cv::Point(-1, -1), 1,
                     cv::BORDER_REPLICATE);
    if (!move(argv[9], "wb", out)) return std::perror(argv[9]), 1;
    return 0;
}
