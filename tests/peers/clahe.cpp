// clahe TYPE COLUMNS ROWS TILES_ACROSS TILES_DOWN CLIP IN OUT: contrast-limited equalisation by OpenCV, on raw samples
// of u8 or u16.
#include <cstdio>
#include <cstdlib>
#include <string>

#include <opencv2/imgproc.hpp>

static bool move(const char *path, const char *mode, cv::Mat &image)
{
    FILE *file = std::fopen(path, mode);
    const std::size_t bytes = image.total() * image.elemSize();
    if (!file) return false;
    const std::size_t moved =
        *mode == 'r' ? std::fread(image.data, 1, bytes, file) : std::fwrite(image.data, 1, bytes, file);
    return std::fclose(file) == 0 && moved == bytes;
}

int main(int argc, char **argv)
{
    if (argc != 9) return 2;
    cv::Mat in(std::atoi(argv[3]), std::atoi(argv[2]), std::string(argv[1]) == "u8" ? CV_8UC1 : CV_16UC1), out;
    if (!move(argv[7], "rb", in)) return std::perror(argv[7]), 1;
    cv::createCLAHE(std::atof(argv[6]), cv::Size(std::atoi(argv[4]), std::atoi(argv[5])))->apply(in, out);
    if (!move(argv[8], "wb", out)) return std::perror(argv[8]), 1;
    return 0;
}
