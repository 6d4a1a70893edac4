// Times one function of OpenCV on raw u8 samples: kernels_opencv KERNEL BYTES WIDTH HEIGHT BANDS ROUNDS. Prints the
// milliseconds of every round but the first, which finds the memory of the result.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <opencv2/imgproc.hpp>

using cv::Mat;
using cv::Point;
using cv::Size;

namespace
{

Mat square(int side)
{
    return cv::getStructuringElement(cv::MORPH_RECT, Size(side, side));
}

Mat weights(int side)
{
    Mat kernel(side, side, CV_32F);
    for (int i = 0; i < side * side; i++)
        kernel.at<float>(i / side, i % side) =
            i == side * side / 2 ? 2.0F : -1.0F / static_cast<float>(side * side - 1);
    return kernel;
}

using Kernel = std::function<void(const Mat &, Mat &)>;

const int replicate = cv::BORDER_REPLICATE;

void both_gradients(const Mat &in, Mat &out)
{
    static Mat x, y, across, down;
    cv::Sobel(in, x, CV_16S, 1, 0, 3, 1, 0, replicate);
    cv::Sobel(in, y, CV_16S, 0, 1, 3, 1, 0, replicate);
    cv::convertScaleAbs(x, across);
    cv::convertScaleAbs(y, down);
    cv::addWeighted(across, 0.5, down, 0.5, 0, out);
}

const std::map<std::string, Kernel> kernels = {
    {"gauss2", [](const Mat &in, Mat &out) { cv::GaussianBlur(in, out, Size(13, 13), 2, 2, replicate); }},
    {"gauss8", [](const Mat &in, Mat &out) { cv::GaussianBlur(in, out, Size(49, 49), 8, 8, replicate); }},
    {"box11", [](const Mat &in, Mat &out) { cv::blur(in, out, Size(11, 11), Point(-1, -1), replicate); }},
    {"conv3", [](const Mat &in, Mat &out) { cv::filter2D(in, out, -1, weights(3), Point(-1, -1), 0, replicate); }},
    {"conv5", [](const Mat &in, Mat &out) { cv::filter2D(in, out, -1, weights(5), Point(-1, -1), 0, replicate); }},
    {"median3", [](const Mat &in, Mat &out) { cv::medianBlur(in, out, 3); }},
    {"median5", [](const Mat &in, Mat &out) { cv::medianBlur(in, out, 5); }},
    {"median11", [](const Mat &in, Mat &out) { cv::medianBlur(in, out, 11); }},
    {"median31", [](const Mat &in, Mat &out) { cv::medianBlur(in, out, 31); }},
    {"dilate3", [](const Mat &in, Mat &out) { cv::dilate(in, out, square(3), Point(-1, -1), 1, replicate); }},
    {"dilate31", [](const Mat &in, Mat &out) { cv::dilate(in, out, square(31), Point(-1, -1), 1, replicate); }},
    {"sobel1", [](const Mat &in, Mat &out) { cv::Sobel(in, out, CV_16S, 1, 0, 3, 1, 0, replicate); }},
    {"sobel2", both_gradients},
    {"halve", [](const Mat &in, Mat &out) { cv::resize(in, out, Size(), 0.5, 0.5, cv::INTER_AREA); }},
    {"rotate", [](const Mat &in, Mat &out) { cv::rotate(in, out, cv::ROTATE_90_CLOCKWISE); }},
    {"gray", [](const Mat &in, Mat &out) { cv::cvtColor(in, out, cv::COLOR_RGB2GRAY); }},
    {"equalize", [](const Mat &in, Mat &out) { cv::equalizeHist(in, out); }},
    {"otsu", [](const Mat &in, Mat &out) { cv::threshold(in, out, 0, 255, cv::THRESH_BINARY | cv::THRESH_OTSU); }},
    {"canny", [](const Mat &in, Mat &out) { cv::Canny(in, out, 50, 100, 3, true); }},
    {"clahe", [](const Mat &in, Mat &out) { cv::createCLAHE(2.0, Size(8, 8))->apply(in, out); }},
    {"bilateral", [](const Mat &in, Mat &out) { cv::bilateralFilter(in, out, 13, 20, 3, replicate); }},
};

} // namespace

int main(int argc, char **argv)
{
    if (argc != 7) return std::fprintf(stderr, "usage: %s KERNEL BYTES WIDTH HEIGHT BANDS ROUNDS\n", argv[0]), 2;
    const auto kernel = kernels.find(argv[1]);
    if (kernel == kernels.end()) return std::fprintf(stderr, "no kernel %s\n", argv[1]), 2;
    const int width = std::atoi(argv[3]), height = std::atoi(argv[4]), bands = std::atoi(argv[5]);
    Mat in(height, width, CV_8UC(bands)), out;
    FILE *file = std::fopen(argv[2], "rb");
    if (!file || std::fread(in.data, 1, in.total() * in.elemSize(), file) != in.total() * in.elemSize())
        return std::perror(argv[2]), 1;
    std::fclose(file);
    cv::setNumThreads(2);
    for (int i = 0; i <= std::atoi(argv[6]); i++) {
        const auto start = std::chrono::steady_clock::now();
        kernel->second(in, out);
        const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
        if (i > 0) std::printf("%.3f\n", took.count());
    }
    return 0;
}
