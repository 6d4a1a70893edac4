// hist EQUALIZE|OTSU|TRIANGLE COLUMNS ROWS IN OUT: by OpenCV, on raw samples of u8.
#include <cstdio>
#include <cstdlib>
#include <string>

#include <opencv2/imgproc.hpp>

static bool move(const char *path, const char *mode, cv::Mat &image)
{
    FILE *file = std::fopen(path, mode);
    if (!file) return false;
    const std::size_t moved =
        *mode == 'r' ? std::fread(image.data, 1, image.total(), file) : std::fwrite(image.data, 1, image.total(), file);
    return std::fclose(file) == 0 && moved == image.total();
}

int main(int argc, char **argv)
{
    if (argc != 6) return 2;
    const std::string what = argv[1];
    cv::Mat in(std::atoi(argv[3]), std::atoi(argv[2]), CV_8UC1), out;
    if (!move(argv[4], "rb", in)) return std::perror(argv[4]), 1;
    if (what == "equalize")
        cv::equalizeHist(in, out);
    else
        cv::threshold(in, out, 0, 255, what == "otsu" ? cv::THRESH_OTSU : cv::THRESH_TRIANGLE);
    if (!move(argv[5], "wb", out)) return std::perror(argv[5]), 1;
    return 0;
}
