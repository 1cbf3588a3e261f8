#include "rounds.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <thread>

namespace convlstm::benchmarks {
namespace {

constexpr int kEnoughPairs = 3;
constexpr double kWidestSpread = 0.1;
constexpr int kProbeAttempts = 8;
// Threads of a pool go on spinning for a while after a run; the next contender must not suffer for it.
constexpr std::chrono::milliseconds kRest{5};

// Between the nearest two of the sorted values.
double quantile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  const double place = share * static_cast<double>(values.size() - 1);
  const std::size_t low = static_cast<std::size_t>(place);
  const std::size_t high = std::min(low + 1, values.size() - 1);
  return values[low] + (values[high] - values[low]) * (place - std::floor(place));
}

}  // namespace

double Rounds::milliseconds(std::size_t contender) const {
  std::vector<double> good, all;
  for (const std::vector<Sample>& round : samples_) {
    all.push_back(round[contender].milliseconds);
    if (round[contender].is_good) good.push_back(all.back());
  }
  return quantile(good.size() < kEnoughPairs ? all : good, 0.5);
}

Pair Rounds::compare(std::size_t contender, std::size_t other) const {
  std::vector<double> good, all;
  for (const std::vector<Sample>& round : samples_) {
    all.push_back(round[other].milliseconds / round[contender].milliseconds);
    if (round[contender].is_good && round[other].is_good) good.push_back(all.back());
  }
  const std::vector<double>& ratios = good.size() < kEnoughPairs ? all : good;
  const double median = quantile(ratios, 0.5);
  const double spread = (quantile(ratios, 0.75) - quantile(ratios, 0.25)) / median;
  return {median, spread, static_cast<int>(good.size()),
          good.size() < kEnoughPairs || spread > kWidestSpread};
}

double time_once(const std::function<void()>& run) {
  const auto start = std::chrono::steady_clock::now();
  run();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

SideBySide::SideBySide(PeakProbe& probe, std::vector<std::function<void()>> contenders, double warm_up,
                       double sample)
    : probe_(probe), contenders_(std::move(contenders)) {
  for (const auto& run : contenders_) {
    double best = time_once(run);
    for (double total = best; total < warm_up;) {
      const double time = time_once(run);
      best = std::min(best, time);
      total += time;
    }
    repeats_.push_back(std::max(1, static_cast<int>(std::ceil(sample / best))));
  }
}

std::vector<Sample> SideBySide::round() {
  std::vector<Sample> samples;
  for (std::size_t k = 0; k < contenders_.size(); ++k) {
    bool is_good = false;
    for (int attempt = 0; attempt < kProbeAttempts && !is_good; ++attempt) {
      std::this_thread::sleep_for(kRest);
      is_good = probe_.is_full_speed();
    }
    contenders_[k]();  // wakes the threads, and brings back what the last contender drove out of the cache
    const double time = time_once([&] {
      for (int repeat = 0; repeat < repeats_[k]; ++repeat) contenders_[k]();
    });
    std::this_thread::sleep_for(kRest);
    is_good = probe_.is_full_speed() && is_good;
    samples.push_back({time * 1e3 / repeats_[k], is_good});
  }
  return samples;
}

}  // namespace convlstm::benchmarks
