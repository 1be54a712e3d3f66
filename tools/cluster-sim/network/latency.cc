#include "tools/cluster-sim/network/latency.h"

#include <cmath>

#include "base/check.h"

namespace vf::sim {
namespace {

constexpr double kLn2 = 0.693147180559945309;
constexpr double kRootOfTwoPi = 2.50662827463100050;
constexpr double kNormalP99 = 2.32634787404084110;

// Of these, frexp(), ldexp() and floor() are exact everywhere; all else is basic arithmetic.

double Exp(double x) {
  const double halvings = std::floor(x / kLn2 + 0.5);
  const double rest = x - halvings * kLn2;  // at most ln(2) / 2 from 0
  double term = 1, sum = 1;
  for (int n = 1; n <= 20; ++n) {
    term *= rest / n;
    sum += term;
  }
  return std::ldexp(sum, static_cast<int>(halvings));
}

double Log(double x) {
  int exponent = 0;
  const double mantissa = std::frexp(x, &exponent);  // in [0.5, 1)
  const double t = (mantissa - 1) / (mantissa + 1);  // at most 1/3 from 0: log m = 2 artanh t
  double power = t, sum = 0;
  for (int n = 1; n <= 41; n += 2) {
    sum += power / n;
    power *= t * t;
  }
  return 2 * sum + exponent * kLn2;
}

double NormalDensity(double z) { return Exp(-z * z / 2) / kRootOfTwoPi; }

// For z >= 0. Source: Marsaglia, "Evaluating the normal distribution", 2004.
double NormalDistribution(double z) {
  double term = z, sum = z;
  for (int n = 3; term > sum * 1e-18; n += 2) {
    term *= z * z / n;
    sum += term;
  }
  return 0.5 + sum * NormalDensity(z);
}

// Quantiles of the normal distribution from 0.5 on, asked for in rising order.
class NormalQuantile {
 public:
  double At(double p) {
    // Newton's method from the left, where the distribution is concave, never goes too far.
    for (int i = 0; i < 50; ++i) {
      const double step = (p - NormalDistribution(z_)) / NormalDensity(z_);
      if (step < 1e-12) break;
      z_ += step;
    }
    return z_;
  }

 private:
  double z_ = 0;
};

}  // namespace

LatencyTable::LatencyTable(const LatencySpec& spec) {
  VF_CHECK(Duration(0) < spec.median && spec.median <= spec.p99 && spec.p99 <= kLongestDelay,
           "a delay needs 0 < median <= p99 <= 1 h");
  const auto median = static_cast<double>(spec.median.count());
  const double sigma = Log(static_cast<double>(spec.p99.count()) / median) / kNormalP99;
  const auto delay = [&](double z) {
    constexpr auto kLongest = static_cast<double>(kLongestDelay.count());
    const double exponent = sigma * z;
    // Beyond any table's use, and what Exp() can hold.
    const double value = exponent > 60 ? kLongest : median * Exp(exponent);
    return static_cast<std::int64_t>(std::floor((value < kLongest ? value : kLongest) + 0.5));
  };

  constexpr std::size_t kMiddle = kSlots / 2;
  constexpr double kWidth = 1.0 / static_cast<double>(kSlots);
  NormalQuantile quantile;
  for (std::size_t i = 0; i < kMiddle; ++i) {
    const double z = quantile.At(0.5 + static_cast<double>(i) * kWidth);
    body_[kMiddle + i] = delay(z);
    body_[kMiddle - i] = delay(-z);
  }
  for (std::size_t i = 0; i < kSlots; ++i) {
    tail_[i] = delay(quantile.At(1 - (1 - static_cast<double>(i) * kWidth) * kWidth));
  }
  const double last = quantile.At(1 - kWidth * kWidth / 2);
  tail_[kSlots] = delay(last);
  body_[kSlots] = tail_[0];  // never between these: At() uses the tail
  body_[0] = delay(-last);
}

}  // namespace vf::sim
