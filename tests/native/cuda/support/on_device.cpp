#include "support/on_device.h"

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "backend/cuda/emulated_stream.h"
#include "cell/cells.h"
#include "cell/convolution.h"
#include "cell/parameters.h"

namespace convlstm::test {
namespace {

struct Sizes {
  std::int64_t inputs, outputs, parts;
  Size3 grid;
};

Sizes sizes_of(const LayerDesc& desc, const InputShape& shape) {
  if (const auto* layer = std::get_if<RecurrentDesc>(&desc))
    return {layer->input_channels, layer->hidden_channels, traits_of(layer->cell).state_parts,
            state_size(*layer, shape.size)};
  const auto& layer = std::get<ConvDesc>(desc);
  return {layer.input_channels, layer.output_channels, 0, shape.size};
}

std::string name_of(const std::string& what, std::size_t number) {
  std::string name = what;
  name.append(1, ' ').append(std::to_string(number));
  return name;
}

}  // namespace

struct OnDevice::Call {
  explicit Call(OnDevice& owner) : of(owner), sizes(sizes_of(owner.desc_, owner.shape_)) {}

  // The device's copy of an array; what it becomes goes back at the end where `comes_back`.
  template <typename T>
  T* move(const std::string& what, T* host, std::int64_t count, bool comes_back) {
    if (host == nullptr) return nullptr;
    const std::size_t bytes = static_cast<std::size_t>(count) * sizeof(T);
    cuda::DeviceMemory& memory = of.memory_[what];
    if (memory.bytes() != bytes) memory = cuda::DeviceMemory(of.device_, bytes);
    of.device_->stream.copy_to_device(memory.data(), host, bytes);
    if (comes_back) back.push_back({const_cast<std::remove_const_t<T>*>(host), memory.data(), bytes});
    return memory.as<T>();
  }

  template <typename T>
  Frames<T> move(const std::string& what, const Frames<T>& frames, StepRange steps, std::int64_t image,
                 bool back_too) {
    Frames<T> result = frames;
    if (frames.data == nullptr || steps.begin >= steps.end) return result;
    T *first = frames.image(steps.begin, 0), *last = first;
    for (const std::int64_t t : {steps.begin, steps.end - 1})
      for (const std::int64_t n : {std::int64_t{0}, of.shape_.batch - 1}) {
        first = std::min(first, frames.image(t, n));
        last = std::max(last, frames.image(t, n));
      }
    T* const device = move(what, first, last - first + image, back_too);
    result.data = device + (frames.data - first);
    return result;
  }

  template <typename T>
  std::vector<T*> move_state(const std::string& what, std::span<T* const> state, bool back_too) {
    std::vector<T*> result;
    const std::int64_t count = of.shape_.batch * sizes.outputs * sizes.grid.area();
    for (std::size_t part = 0; part < static_cast<std::size_t>(sizes.parts); ++part)
      result.push_back(move(name_of(what, part), part_of(state, part), count, back_too));
    return result;
  }

  template <typename Sequence>
  void move_common(Sequence& call) {
    call.x = move("x", call.x, call.input, sizes.inputs * of.shape_.size.area(), false);
    if (call.mask.active != nullptr) {
      const std::int64_t count = call.mask.at(call.steps - 1, of.shape_.batch - 1) + 1;
      call.mask.active = move("active", call.mask.active, count, false);
      call.mask.emits = move("emits", call.mask.emits, count, false);
    }
    parameters = call.parameters[0];
    for (const ParameterShape& p : parameters_of(of.desc_, 3, sizes.grid))
      parameters.data[p.place] =
          move(name_of("parameter", p.place), parameters.data[p.place], p.count, false);
    call.parameters = {&parameters, 1};
  }

  std::int64_t y_steps(std::int64_t steps) const {
    const auto* layer = std::get_if<RecurrentDesc>(&of.desc_);
    return layer != nullptr && layer->output == CLN_OUTPUT_LAST ? 1 : steps;
  }

  void bring_back() {
    for (const Back& array : back) of.device_->stream.copy_to_host(array.host, array.device, array.bytes);
  }

  struct Back {
    void* host;
    const void* device;
    std::size_t bytes;
  };
  OnDevice& of;
  Sizes sizes;
  ParameterViews parameters;
  std::vector<Back> back;
};

OnDevice::OnDevice(std::shared_ptr<cuda::Device> device, std::unique_ptr<Executor> executor,
                   const LayerDesc& desc, const InputShape& shape)
    : device_(std::move(device)), executor_(std::move(executor)), desc_(desc), shape_(shape) {}

template <typename Run>
void OnDevice::watch(const Run& run) {
  const std::int64_t waits = cuda::emulated::waits();
  const std::size_t asked = device_->arena.use().asked;
  run();
  waits_ += cuda::emulated::waits() - waits;
  allocated_ += device_->arena.use().asked - asked;
}

void OnDevice::forward(const ForwardCall& call) {
  Call moved(*this);
  ForwardCall on_device = call;
  moved.move_common(on_device);
  const auto initial = moved.move_state<const float>("initial", call.initial, false);
  auto final = moved.move_state<float>("final", call.final, true);
  auto reads = initial;
  for (std::size_t part = 0; part < final.size(); ++part)
    if (part_of(call.final, part) == part_of(call.initial, part) && final[part] != nullptr)
      reads[part] = final[part];
  on_device.initial = reads;
  on_device.final = final;
  on_device.y = moved.move("y", call.y, {0, moved.y_steps(call.steps)},
                           moved.sizes.outputs * moved.sizes.grid.area(), true);
  const auto bytes = static_cast<std::int64_t>(call.reserve != nullptr ? reserve_bytes(call.steps) : 0);
  if (bytes > 0) on_device.reserve = moved.move("reserve", static_cast<char*>(call.reserve), bytes, false);
  watch([&] { executor_->forward(on_device); });
  moved.bring_back();
}

void OnDevice::backward(const BackwardCall& call) {
  Call moved(*this);
  BackwardCall on_device = call;
  moved.move_common(on_device);
  on_device.reserve = call.reserve != nullptr ? memory_["reserve"].data() : nullptr;
  on_device.dy = moved.move("dy", call.dy, {0, moved.y_steps(call.steps)},
                            moved.sizes.outputs * moved.sizes.grid.area(), false);
  auto dfinal = moved.move_state<const float>("dfinal", call.dfinal, false);
  auto dinitial = moved.move_state<float>("dinitial", call.dinitial, true);
  for (std::size_t part = 0; part < dinitial.size(); ++part)
    if (part_of(call.dinitial, part) == part_of(call.dfinal, part) && dinitial[part] != nullptr)
      dfinal[part] = dinitial[part];
  on_device.dfinal = dfinal;
  on_device.dinitial = dinitial;
  on_device.dx = moved.move("dx", call.dx, call.input, moved.sizes.inputs * shape_.size.area(), true);
  Gradients gradients = call.gradients[0];
  for (const ParameterShape& p : parameters_of(desc_, 3, moved.sizes.grid))
    gradients[p.place] = moved.move(name_of("gradient", p.place), gradients[p.place], p.count, true);
  on_device.gradients = {&gradients, 1};
  watch([&] { executor_->backward(on_device); });
  moved.bring_back();
}

}  // namespace convlstm::test
