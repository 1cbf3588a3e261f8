#include "layer/contest.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>

#include "cell/cells.h"
#include "cell/convolution.h"
#include "cell/parameters.h"
#include "core/random.h"
#include "layer/buffer.h"

namespace convlstm {
namespace {

using Nanoseconds = std::int64_t;

constexpr std::int64_t kSteps = 10;
constexpr int kLeastRounds = 3, kMostRounds = 20;
constexpr Nanoseconds kEnough = 200'000'000;  // of all rounds
constexpr int kHopeless = 4;                  // times slower in the first run
constexpr double kEqual = 0.98;

// One sequence of random numbers through a layer of random parameters.
class Course {
 public:
  Course(const std::shared_ptr<Backend>& backend, const RecurrentDesc& desc, const InputShape& shape)
      : backend_(backend) {
    Random random(1);
    const Size3 grid = state_size(desc, shape.size);
    for (const ParameterShape& parameter : parameters_of(desc, 3, grid))
      views_.data[parameter.place] = fill(parameter.count, 0.1f, random);
    views_.version = 1;
    views_.packed = &packed_;
    const std::int64_t x_image = desc.input_channels * shape.size.area();
    const std::int64_t y_image = desc.hidden_channels * grid.area();
    call_.steps = kSteps;
    call_.input = {0, kSteps};
    if (x_image > 0)
      call_.x = {fill(kSteps * shape.batch * x_image, 1.0f, random), shape.batch * x_image, x_image, 1};
    call_.y = {fill(kSteps * shape.batch * y_image, 1.0f, random), shape.batch * y_image, y_image, 1};
    call_.parameters = {&views_, 1};
  }
  Course(const Course&) = delete;
  Course& operator=(const Course&) = delete;

  Nanoseconds run(Executor& executor) {
    const auto start = std::chrono::steady_clock::now();
    executor.forward(call_);
    backend_->synchronize();
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now() - start)
        .count();
  }

 private:
  float* fill(std::int64_t count, float range, Random& random) {
    std::vector<float> numbers(static_cast<std::size_t>(count));
    for (float& number : numbers) number = random.uniform(-range, range);
    arrays_.push_back(Buffer::of_floats(backend_, CLN_OBJECT_SESSION, count));
    backend_->copy_in(arrays_.back().data(), numbers.data(), numbers.size() * sizeof(float));
    return arrays_.back().floats();
  }

  std::shared_ptr<Backend> backend_;
  std::vector<Buffer> arrays_;
  PackedCache packed_;
  ParameterViews views_;
  ForwardCall call_;
};

struct Runner {
  std::string name;
  std::unique_ptr<Executor> executor;
  Nanoseconds best;
};

}  // namespace

TuningEntry fastest_of(const std::shared_ptr<Backend>& backend, const LayerDesc& desc,
                       const InputShape& shape, const std::vector<std::string>& contenders) {
  Course course(backend, std::get<RecurrentDesc>(desc), shape);
  std::vector<Runner> runners;
  Nanoseconds least = std::numeric_limits<Nanoseconds>::max(), spent = 0;
  // The first run packs weights and takes memory: it tells no more than who has no hope.
  for (const std::string& name : contenders) {
    Runner runner{name, backend->make_executor(desc, shape, name), 0};
    runner.best = course.run(*runner.executor);
    least = std::min(least, runner.best);
    runners.push_back(std::move(runner));
  }
  std::erase_if(runners, [&](const Runner& runner) { return runner.best / kHopeless > least; });
  for (int round = 0; round < kLeastRounds || (round < kMostRounds && spent < kEnough); ++round)
    for (Runner& runner : runners) {
      const Nanoseconds time = course.run(*runner.executor);
      spent += time;
      runner.best = round == 0 ? time : std::min(runner.best, time);
    }
  const Runner* fastest = &runners.front();
  for (const Runner& runner : runners)
    if (static_cast<double>(runner.best) < kEqual * static_cast<double>(fastest->best)) fastest = &runner;
  return {fastest->name, fastest->best / kSteps, 0};
}

}  // namespace convlstm
