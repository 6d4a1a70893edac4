// clahe TYPE COLUMNS ROWS TILES_ACROSS TILES_DOWN CLIP IN OUT: contrast-limited equalisation by OpenCV, on raw samples
// of u8 or u16.
#include <cstdlib>

#include <opencv2/imgproc.hpp>

#include "raw.hpp"

int main(int argc, char **argv)
{
    if (argc != 9) return 2;
    cv::Mat in = raw_read(argv[7], argv[1], argv[2], argv[3], "1"), out;
    cv::createCLAHE(std::atof(argv[6]), cv::Size(std::atoi(argv[4]), std::atoi(argv[5])))->apply(in, out);
    raw_write(argv[8], out);
    return 0;
}
