// edges canny WIDTH HEIGHT BANDS LOW HIGH l1|l2 IN OUT: Canny by OpenCV, band by band, on raw samples of u8.
// edges sobel|scharr|prewitt|laplacian4|laplacian8 WIDTH HEIGHT BANDS TYPE 0 - IN OUT: magnitudes and sums as f64.
#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

#include <opencv2/imgproc.hpp>

#include "raw.hpp"

namespace
{

cv::Mat canny(const cv::Mat &image, double low, double high, bool euclidean)
{
    std::vector<cv::Mat> bands;
    cv::Mat result;
    cv::split(image, bands);
    for (cv::Mat &band : bands) {
        cv::Mat edges;
        cv::Canny(band, edges, low, high, 3, euclidean);
        band = edges;
    }
    cv::merge(bands, result);
    return result;
}

cv::Mat derived(const cv::Mat &image, const std::string &name)
{
    const double laplacian[2][9] = {{0, 1, 0, 1, -4, 1, 0, 1, 0}, {1, 1, 1, 1, -8, 1, 1, 1, 1}};
    const double prewitt[9] = {-1, 0, 1, -1, 0, 1, -1, 0, 1};
    const int border = cv::BORDER_REPLICATE;
    cv::Mat wide, x, y, result;
    image.convertTo(wide, CV_64F);
    if (name == "laplacian4" || name == "laplacian8") {
        const cv::Mat kernel(3, 3, CV_64F, const_cast<double *>(laplacian[name == "laplacian8"]));
        cv::filter2D(wide, result, CV_64F, kernel, cv::Point(-1, -1), 0, border);
        return result;
    }
    if (name == "prewitt") {
        const cv::Mat kernel(3, 3, CV_64F, const_cast<double *>(prewitt));
        cv::filter2D(wide, x, CV_64F, kernel, cv::Point(-1, -1), 0, border);
        cv::filter2D(wide, y, CV_64F, kernel.t(), cv::Point(-1, -1), 0, border);
    } else if (name == "scharr") {
        cv::Scharr(wide, x, CV_64F, 1, 0, 1, 0, border);
        cv::Scharr(wide, y, CV_64F, 0, 1, 1, 0, border);
    } else {
        cv::Sobel(wide, x, CV_64F, 1, 0, 3, 1, 0, border);
        cv::Sobel(wide, y, CV_64F, 0, 1, 3, 1, 0, border);
    }
    cv::sqrt(x.mul(x) + y.mul(y), result);
    return result;
}

} // namespace

int main(int count, char **words)
{
    if (count != 10) return 2;
    const std::string name = words[1];
    cv::Mat image = raw_read(words[8], name == "canny" ? "u8" : words[5], words[2], words[3], words[4]), result;
    if (name == "canny") {
        result = canny(image, std::atof(words[5]), std::atof(words[6]), std::string(words[7]) == "l2");
    } else {
        // As the operations do: unsigned types hold magnitudes; all are rounded and saturated.
        cv::Mat wide = derived(image, name);
        if (image.depth() == CV_8U || image.depth() == CV_16U) wide = cv::abs(wide);
        wide.convertTo(result, image.type());
    }
    raw_write(words[9], result);
    return 0;
}
