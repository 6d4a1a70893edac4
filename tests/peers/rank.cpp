// rank SIZE TYPE COLUMNS ROWS BANDS IN OUT: the median of a square window by OpenCV, on raw samples.
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>

#include <opencv2/imgproc.hpp>

namespace
{

const std::map<std::string, int> types = {{"u8", CV_8U}, {"u16", CV_16U}, {"f32", CV_32F}};

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
    if (argc != 8) return 2;
    cv::Mat in(std::atoi(argv[4]), std::atoi(argv[3]), CV_MAKETYPE(types.at(argv[2]), std::atoi(argv[5]))), out;
    if (!move(argv[6], "rb", in)) return std::perror(argv[6]), 1;
    cv::medianBlur(in, out, std::atoi(argv[1]));
    if (!move(argv[7], "wb", out)) return std::perror(argv[7]), 1;
    return 0;
}
