// Times one ConvLSTM over a sequence, through the C interface alone, on arrays of files, so that another
// system can be given the same. Everything lies on the device before the clock starts; a time is that of many
// calls and one wait at the end, as a program that feeds a device runs them. One line of JSON goes to
// standard output.
//
//   cln_sequence_bench --device cuda --math tf32 --mode train --batch 8 --steps 10 --channels 1 --height 64
//   --width 64
//     --hidden 64 --kernel 3 --arrays DIR --seconds 0.5
//
// DIR holds raw float32: x (N,T,C,H,W), input_kernel, recurrent_kernel, bias and, to train, dy (N,T,F,H,W).
// Into it go y and, from training, d_input_kernel, d_recurrent_kernel, d_bias.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "convlstm_native.h"

namespace {

using Clock = std::chrono::steady_clock;
using Floats = std::vector<float>;

void ok(cln_status status) {
  if (status != CLN_OK)
    throw std::runtime_error(std::string(cln_status_name(status)) + ": " + cln_last_error_message());
}

template <typename T, cln_status (*Destroy)(T*)>
struct Free {
  void operator()(T* object) const { (void)Destroy(object); }
};
using Context = std::unique_ptr<cln_context, Free<cln_context, cln_context_destroy>>;
using Layer = std::unique_ptr<cln_layer, Free<cln_layer, cln_layer_destroy>>;
using Session = std::unique_ptr<cln_session, Free<cln_session, cln_session_destroy>>;
using Tensor = std::unique_ptr<cln_tensor, Free<cln_tensor, cln_tensor_destroy>>;
using Reserve = std::unique_ptr<cln_reserve, Free<cln_reserve, cln_reserve_destroy>>;

class Arguments {
 public:
  Arguments(int count, char** values) {
    for (int i = 1; i < count; i += 2) {
      const std::string name = values[i];
      if (!known_.contains(name)) throw std::invalid_argument(name + ": expected an option that exists");
      if (i + 1 == count) throw std::invalid_argument(name + ": expected a value");
      known_[name] = values[i + 1];
    }
  }
  const std::string& text(const std::string& name) const { return known_.at(name); }
  std::int64_t whole(const std::string& name) const {
    const std::string& value = known_.at(name);
    std::size_t used = 0;
    std::int64_t number = 0;
    try {
      number = std::stoll(value, &used);
    } catch (const std::exception&) {  // said below
    }
    if (used != value.size() || number < 1)
      throw std::invalid_argument(name + ": expected a whole number from 1, got " + value);
    return number;
  }
  double seconds(const std::string& name) const {
    const std::string& value = known_.at(name);
    char* end = nullptr;
    const double number = std::strtod(value.c_str(), &end);
    if (value.empty() || *end != '\0' || !(number > 0))
      throw std::invalid_argument(name + ": expected a number above 0, got " + value);
    return number;
  }

 private:
  std::map<std::string, std::string> known_{
      {"--device", "cuda"}, {"--math", "float32"}, {"--mode", "forward"}, {"--batch", "1"},
      {"--steps", "10"},    {"--channels", "1"},   {"--height", "64"},    {"--width", "64"},
      {"--hidden", "64"},   {"--kernel", "3"},     {"--arrays", "."},     {"--seconds", "0.5"}};
};

Floats read(const std::string& path, std::int64_t count) {
  Floats values(static_cast<std::size_t>(count));
  const std::streamsize bytes = count * static_cast<std::streamsize>(sizeof(float));
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file || file.tellg() != bytes)
    throw std::runtime_error(path + ": expected a file of " + std::to_string(bytes) + " bytes");
  file.seekg(0);
  file.read(reinterpret_cast<char*>(values.data()), bytes);
  return values;
}

void write(const std::string& path, const Floats& values) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(values.data()),
             static_cast<std::streamsize>(values.size() * sizeof(float)));
  file.close();
  if (!file) throw std::runtime_error(path + ": could not be written");
}

Context make_context(const Arguments& arguments) {
  cln_context_desc desc{};
  desc.struct_size = sizeof desc;
  ok(cln_context_desc_init(&desc));
  desc.device_kind = arguments.text("--device") == "cpu" ? CLN_DEVICE_CPU : CLN_DEVICE_CUDA;
  const std::map<std::string, std::int32_t> maths{{"float32", CLN_MATH_FLOAT32},
                                                  {"tf32", CLN_MATH_TF32},
                                                  {"bfloat16", CLN_MATH_BFLOAT16},
                                                  {"float16", CLN_MATH_FLOAT16}};
  const auto math = maths.find(arguments.text("--math"));
  if (math == maths.end())
    throw std::invalid_argument("--math: expected float32, tf32, bfloat16 or float16, got " +
                                arguments.text("--math"));
  desc.math = math->second;
  cln_context* context = nullptr;
  ok(cln_context_create(&desc, &context));
  return Context(context);
}

struct Times {
  double median = 0, least = 0, single = 0;  // milliseconds; single: one call and the wait for it
};

class Bench {
 public:
  explicit Bench(const Arguments& arguments)
      : folder_(arguments.text("--arrays") + "/"),
        steps_(arguments.whole("--steps")),
        trains_(arguments.text("--mode") == "train"),
        context_(make_context(arguments)) {
    if (!trains_ && arguments.text("--mode") != "forward")
      throw std::invalid_argument("--mode: expected forward or train, got " + arguments.text("--mode"));
    const std::int64_t batch = arguments.whole("--batch"),
                       area = arguments.whole("--height") * arguments.whole("--width");
    const std::int64_t channels = arguments.whole("--channels"), hidden = arguments.whole("--hidden");
    make_layer(arguments, channels, hidden);
    cln_session_desc session{};
    session.struct_size = sizeof session;
    ok(cln_session_desc_init(&session));
    session.batch = batch;
    session.size[0] = arguments.whole("--height");
    session.size[1] = arguments.whole("--width");
    cln_session* made = nullptr;
    ok(cln_session_create(context_.get(), layer_.get(), &session, &made));
    session_.reset(made);
    x_ = tensor(read(folder_ + "x.f32", batch * steps_ * channels * area));
    y_ = tensor(Floats(static_cast<std::size_t>(batch * steps_ * hidden * area)));
    tick_ = tensor(Floats(1));
    if (!trains_) return;
    dy_ = tensor(read(folder_ + "dy.f32", batch * steps_ * hidden * area));
    cln_reserve* reserve = nullptr;
    ok(cln_reserve_create(session_.get(), steps_, nullptr, &reserve));
    reserve_.reset(reserve);
  }

  // Runs once, and leaves what it gave in files.
  void save_results() {
    ok(cln_layer_zero_gradients(layer_.get()));
    run();
    cln_tensor_info info{};
    info.struct_size = sizeof info;
    ok(cln_tensor_get_info(y_.get(), &info));
    Floats y(static_cast<std::size_t>(info.element_count));
    ok(cln_tensor_download(y_.get(), y.data(), info.element_count));
    write(folder_ + "y.f32", y);
    for (std::int32_t i = 0; trains_ && i < parameter_count(); ++i) {
      const cln_parameter_info parameter = parameter_info(i);
      Floats gradient(static_cast<std::size_t>(parameter.element_count));
      ok(cln_layer_get_gradient(layer_.get(), i, gradient.data(), parameter.element_count));
      write(folder_ + "d_" + parameter.name + ".f32", gradient);
    }
  }

  Times measure(double seconds) {
    for (int i = 0; i < 3; ++i) run();
    wait();
    const double one = time_of(1);
    const int calls = static_cast<int>(std::clamp(0.05 / one, 1.0, 1000.0));  // of a sample: 50 ms
    std::vector<double> samples, singles;
    const Clock::time_point begin = Clock::now();
    do {
      samples.push_back(time_of(calls) / calls);
      singles.push_back(time_of(1));
    } while (samples.size() < 3 || std::chrono::duration<double>(Clock::now() - begin).count() < seconds);
    std::sort(samples.begin(), samples.end());
    std::sort(singles.begin(), singles.end());
    return {samples[samples.size() / 2] * 1e3, samples.front() * 1e3, singles[singles.size() / 2] * 1e3};
  }

  std::string executor() const {
    cln_session_info info{};
    info.struct_size = sizeof info;
    ok(cln_session_get_info(session_.get(), &info));
    return info.executor;
  }
  std::string device() const {
    cln_context_info info{};
    info.struct_size = sizeof info;
    ok(cln_context_get_info(context_.get(), &info));
    return info.device_name;
  }

 private:
  void make_layer(const Arguments& arguments, std::int64_t channels, std::int64_t hidden) {
    cln_recurrent_desc desc{};
    desc.struct_size = sizeof desc;
    ok(cln_recurrent_desc_init(&desc));
    desc.input_channels = channels;
    desc.hidden_channels = hidden;
    for (int i = 0; i < 2; ++i)
      desc.input_kernel[i] = desc.recurrent_kernel[i] =
          static_cast<std::int32_t>(arguments.whole("--kernel"));
    cln_layer* made = nullptr;
    ok(cln_recurrent_create(context_.get(), &desc, &made));
    layer_.reset(made);
    for (std::int32_t i = 0; i < parameter_count(); ++i) {
      const cln_parameter_info parameter = parameter_info(i);
      const Floats values = read(folder_ + parameter.name + ".f32", parameter.element_count);
      ok(cln_layer_set_parameter(layer_.get(), i, values.data(), parameter.element_count));
    }
  }
  std::int32_t parameter_count() const {
    std::int32_t count = 0;
    ok(cln_layer_get_parameter_count(layer_.get(), &count));
    return count;
  }
  cln_parameter_info parameter_info(std::int32_t index) const {
    cln_parameter_info info{};
    info.struct_size = sizeof info;
    ok(cln_layer_get_parameter_info(layer_.get(), index, &info));
    return info;
  }
  Tensor tensor(const Floats& values) {
    const auto count = static_cast<std::int64_t>(values.size());
    cln_tensor* made = nullptr;
    ok(cln_tensor_create(context_.get(), CLN_FLOAT32, &count, 1, &made));
    Tensor result(made);
    ok(cln_tensor_upload(made, values.data(), count));
    return result;
  }

  void run() {
    if (!trains_) {
      ok(cln_session_forward(session_.get(), steps_, x_.get(), nullptr, nullptr, y_.get()));
      return;
    }
    ok(cln_session_forward_training(session_.get(), steps_, x_.get(), nullptr, nullptr, reserve_.get(),
                                    y_.get()));
    ok(cln_session_backward(session_.get(), x_.get(), reserve_.get(), dy_.get(), nullptr, nullptr));
  }
  // A download waits for everything that was queued before it.
  void wait() {
    float ignored = 0;
    ok(cln_tensor_download(tick_.get(), &ignored, 1));
  }
  double time_of(int calls) {
    const Clock::time_point begin = Clock::now();
    for (int i = 0; i < calls; ++i) run();
    wait();
    return std::chrono::duration<double>(Clock::now() - begin).count();
  }

  std::string folder_;
  std::int64_t steps_;
  bool trains_;
  Context context_;
  Layer layer_;
  Session session_;
  Tensor x_, y_, dy_, tick_;
  Reserve reserve_;
};

}  // namespace

int main(int count, char** values) {
  try {
    const Arguments arguments(count, values);
    Bench bench(arguments);
    bench.save_results();
    const Times times = bench.measure(arguments.seconds("--seconds"));
    std::printf(
        "{\"milliseconds\": %.6g, \"least\": %.6g, \"single\": %.6g, \"executor\": \"%s\", \"device\": "
        "\"%s\"}\n",
        times.median, times.least, times.single, bench.executor().c_str(), bench.device().c_str());
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "cln_sequence_bench: %s\n", error.what());
    return 1;
  }
}
