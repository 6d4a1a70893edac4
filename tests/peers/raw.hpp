// Raw samples of a file as a matrix of OpenCV's, and back. What fails ends the program, and says so.
#ifndef TESTS_PEERS_RAW_HPP
#define TESTS_PEERS_RAW_HPP

#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>

#include <opencv2/core.hpp>

// Moves all bytes between file and matrix; mode is that of fopen().
inline void raw_move(const char *path, const char *mode, cv::Mat &image)
{
    FILE *file = std::fopen(path, mode);
    const std::size_t bytes = image.total() * image.elemSize();
    std::size_t moved = 0;
    if (file) moved = *mode == 'r' ? std::fread(image.data, 1, bytes, file) : std::fwrite(image.data, 1, bytes, file);
    if (file && std::fclose(file) == 0 && moved == bytes) return;
    std::perror(path);
    std::exit(1);
}

// `type` is one of ours: u8, i8, u16, i16, i32, f32, f64.
inline cv::Mat raw_read(const char *path, const std::string &type, const char *columns, const char *rows,
                        const char *bands)
{
    static const std::map<std::string, int> types = {{"u8", CV_8U},   {"i8", CV_8S},   {"u16", CV_16U}, {"i16", CV_16S},
                                                     {"i32", CV_32S}, {"f32", CV_32F}, {"f64", CV_64F}};
    cv::Mat image(std::atoi(rows), std::atoi(columns), CV_MAKETYPE(types.at(type), std::atoi(bands)));
    raw_move(path, "rb", image);
    return image;
}

inline void raw_write(const char *path, cv::Mat &image)
{
    raw_move(path, "wb", image);
}

#endif
