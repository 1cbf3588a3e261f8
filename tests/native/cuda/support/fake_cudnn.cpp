#include "support/fake_cudnn.h"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstring>
#include <functional>
#include <mutex>
#include <unordered_map>

#include "backend/cuda/emulated_stream.h"
#include "support/fake_convolution.h"
#include "support/fake_descriptor.h"

namespace convlstm::cuda::fake {

using cudnn::Attribute;
using cudnn::AttributeType;
using cudnn::BackendDescriptor;
using cudnn::DescriptorType;
using cudnn::HeuristicsMode;
using cudnn::NumericalNote;
using cudnn::Status;

namespace {

struct Context {
  cudnn::Stream stream = nullptr;
};

// Everything that exists, by what callers hold of it: a stale pointer is found out. One lock over all calls.
struct World {
  std::mutex mutex;
  std::unordered_map<const void*, std::unique_ptr<Context>> contexts;
  std::unordered_map<const void*, DescriptorPtr> descriptors;
  std::vector<Execution> executions;
  std::map<std::string, int> calls;
  Behaviour behaviour;
};

Behaviour first_behaviour() {
  using N = NumericalNote;
  return {.heuristics = {{.index = 7, .notes = {N::kTensorCore, N::kDownConvertInputs}},
                         {.index = 38, .notes = {N::kTensorCore}, .workspace = 4096},
                         {.index = 5, .notes = {N::kNondeterministic}, .workspace = 512},
                         {.index = 6, .notes = {N::kWinograd, N::kWinogradTile4x4}, .workspace = 1000},
                         {.index = 1, .workspace = 256}},
          .fallback = {{.index = 0}}};
}

World& world() {
  static World& all = *[] {
    auto* made = new World;  // never destroyed: statics of others may still hold descriptors
    made->behaviour = first_behaviour();
    return made;
  }();
  return all;
}

thread_local std::string last_error;

// Runs one function of the API: counts it, fails it where a test asks for that, turns refusals into statuses.
template <typename Body>
Status call(const char* name, const Body& body) {
  const std::lock_guard<std::mutex> lock(world().mutex);
  try {
    const int count = world().calls[name]++;
    for (const Failure& failure : world().behaviour.failures)
      if (failure.call == name && count >= failure.after)
        refuse(failure.status, std::string("the test wants ") + name + " to fail");
    body();
    return Status::kSuccess;
  } catch (const Refusal& refusal) {
    last_error = refusal.text;
    return refusal.status;
  }
}

Context& context_of(cudnn::Handle handle) {
  const auto place = world().contexts.find(handle);
  if (place == world().contexts.end()) refuse(Status::kBadParam, "not a handle");
  return *place->second;
}
DescriptorPtr& descriptor_of(BackendDescriptor descriptor) {
  const auto place = world().descriptors.find(descriptor);
  if (place == world().descriptors.end()) refuse(Status::kBadParam, "not a descriptor");
  return place->second;
}

Status create(cudnn::Handle* handle) {
  return call("cudnnCreate", [&] {
    auto context = std::make_unique<Context>();
    *handle = context.get();
    world().contexts[*handle] = std::move(context);
  });
}
Status destroy(cudnn::Handle handle) {
  return call("cudnnDestroy", [&] {
    (void)context_of(handle);
    world().contexts.erase(handle);
  });
}
Status set_stream(cudnn::Handle handle, cudnn::Stream stream) {
  return call("cudnnSetStream", [&] { context_of(handle).stream = stream; });
}

Status create_descriptor(DescriptorType type, BackendDescriptor* descriptor) {
  return call("cudnnBackendCreateDescriptor", [&] {
    auto made = std::make_shared<Descriptor>();
    made->type = type;
    *descriptor = made.get();
    world().descriptors[*descriptor] = std::move(made);
  });
}
Status destroy_descriptor(BackendDescriptor descriptor) {
  return call("cudnnBackendDestroyDescriptor", [&] {
    (void)descriptor_of(descriptor);
    // Whoever was given it as an attribute keeps what it says. Its address is not used again while they live.
    world().descriptors.erase(descriptor);
  });
}

Status set(BackendDescriptor raw, Attribute name, AttributeType type, std::int64_t count,
           const void* elements) {
  return call("cudnnBackendSetAttribute", [&] {
    Descriptor& descriptor = *descriptor_of(raw);
    if (elements == nullptr || count <= 0) refuse(Status::kBadParam, "no elements");
    Value value{.type = type, .count = count};
    if (type == AttributeType::kBackendDescriptor) {
      for (std::int64_t i = 0; i < count; ++i)
        value.descriptors.push_back(descriptor_of(static_cast<const BackendDescriptor*>(elements)[i]));
    } else {
      const auto* bytes = static_cast<const std::byte*>(elements);
      value.bytes.assign(bytes, bytes + static_cast<std::size_t>(count) * bytes_of(type));
      if (type == AttributeType::kHandle)
        for (const cudnn::Handle handle : value.as<cudnn::Handle>()) (void)context_of(handle);
    }
    set_attribute(descriptor, name, std::move(value));
  });
}

// The operation of a configuration or plan.
const Descriptor& operation_of(const Descriptor& descriptor) {
  const Attribute inner = descriptor.type == DescriptorType::kExecutionPlan
                              ? Attribute::kPlanEngineConfig
                              : Attribute::kHeuristicsOperationGraph;
  const DescriptorPtr next = descriptor.descriptor(inner);
  return next->type == DescriptorType::kOperationGraph ? *next->descriptor(Attribute::kGraphOperations)
                                                       : operation_of(*next);
}

Status finalize(BackendDescriptor raw) {
  return call("cudnnBackendFinalize", [&] {
    Descriptor& descriptor = *descriptor_of(raw);
    check_complete(descriptor);
    if (descriptor.type == DescriptorType::kExecutionPlan) {
      descriptor.engine = descriptor.descriptor(Attribute::kPlanEngineConfig)->engine;
      const std::string reason = objection(operation_of(descriptor), *descriptor.engine);
      if (!reason.empty()) refuse(Status::kNotSupported, "engine: " + reason);
    }
    descriptor.is_finalized = true;
  });
}

template <typename T>
void give(const std::vector<T>& values, std::int64_t requested, std::int64_t* count, void* elements) {
  *count = std::ssize(values);
  std::copy_n(values.begin(), std::min(requested, *count), static_cast<T*>(elements));
}

// Fills descriptors that the caller has created.
void give(const std::vector<Descriptor>& values, std::int64_t requested, std::int64_t* count,
          void* elements) {
  *count = std::ssize(values);
  for (std::int64_t i = 0; i < std::min(requested, *count); ++i) {
    Descriptor& place = *descriptor_of(static_cast<BackendDescriptor*>(elements)[i]);
    if (place.type != values[static_cast<std::size_t>(i)].type || place.is_finalized)
      refuse(Status::kBadParam, "elements: expected new descriptors of the right type");
    place = values[static_cast<std::size_t>(i)];
  }
}

Status get(BackendDescriptor raw, Attribute name, AttributeType type, std::int64_t requested,
           std::int64_t* count, void* elements) {
  return call("cudnnBackendGetAttribute", [&] {
    const Descriptor& descriptor = *descriptor_of(raw);
    if (!descriptor.is_finalized) refuse(Status::kBadParam, "get: not finalized");
    if (requested > 0 && elements == nullptr) refuse(Status::kBadParam, "get: no room");
    const auto is = [&](DescriptorType owner, Attribute what, AttributeType of) {
      return descriptor.type == owner && name == what && type == of;
    };
    using D = DescriptorType;
    using A = Attribute;
    using T = AttributeType;
    if (is(D::kEngineHeuristics, A::kHeuristicsResults, T::kBackendDescriptor)) {
      const auto mode = static_cast<HeuristicsMode>(descriptor.at(A::kHeuristicsMode).as<int>().at(0));
      const Behaviour& behaviour = world().behaviour;
      std::vector<Descriptor> configs;
      for (const Engine& engine : mode == HeuristicsMode::kA ? behaviour.heuristics : behaviour.fallback)
        configs.push_back(
            {.type = D::kEngineConfig,
             .is_finalized = true,
             .values = {{A::kHeuristicsOperationGraph, descriptor.at(A::kHeuristicsOperationGraph)}},
             .engine = engine});
      give(configs, requested, count, elements);
    } else if (is(D::kEngineConfig, A::kEngineConfigEngine, T::kBackendDescriptor)) {
      give(std::vector<Descriptor>{{.type = D::kEngine, .is_finalized = true, .engine = descriptor.engine}},
           requested, count, elements);
    } else if (is(D::kEngine, A::kEngineNumericalNotes, T::kNumericalNote)) {
      give(descriptor.engine->notes, requested, count, elements);
    } else if (is(D::kEngine, A::kEngineGlobalIndex, T::kInt64)) {
      give(std::vector<std::int64_t>{descriptor.engine->index}, requested, count, elements);
    } else if (is(D::kExecutionPlan, A::kPlanWorkspaceSize, T::kInt64)) {
      give(std::vector<std::int64_t>{static_cast<std::int64_t>(descriptor.engine->workspace)}, requested,
           count, elements);
    } else {
      refuse(Status::kNotSupported, "get: attribute " + std::to_string(static_cast<int>(name)));
    }
  });
}

Status execute(cudnn::Handle handle, BackendDescriptor raw_plan, BackendDescriptor raw_pack) {
  return call("cudnnBackendExecute", [&] {
    const Context& context = context_of(handle);
    const Descriptor &plan = *descriptor_of(raw_plan), &pack = *descriptor_of(raw_pack);
    if (plan.type != DescriptorType::kExecutionPlan || pack.type != DescriptorType::kVariantPack ||
        !plan.is_finalized || !pack.is_finalized)
      refuse(Status::kBadParam, "execute: expected a finalized plan and variant pack");
    if (plan.at(Attribute::kPlanHandle).as<cudnn::Handle>().at(0) != handle)
      refuse(Status::kBadParam, "execute: the plan is of another handle");
    const auto ids = pack.integers(Attribute::kPackUniqueIds);
    const auto pointers = pack.at(Attribute::kPackDataPointers).as<void*>();
    std::map<std::int64_t, void*> by_id;
    for (std::size_t i = 0; i < ids.size(); ++i)
      if (!by_id.emplace(ids[i], pointers[i]).second) refuse(Status::kBadParam, "execute: an id twice");
    const Descriptor& operation = operation_of(plan);
    emulated::enqueue(
        *static_cast<Stream*>(context.stream),
        work_of(operation, *plan.engine, by_id, pack.at(Attribute::kPackWorkspace).as<void*>().at(0)));
    world().executions.push_back({operation.type, plan.engine->index});
  });
}

}  // namespace

Behaviour& behaviour() {
  return world().behaviour;
}

void reset() {
  const std::lock_guard<std::mutex> lock(world().mutex);
  world().behaviour = first_behaviour();
  world().calls.clear();
  world().executions.clear();
}

std::int64_t live_objects() {
  const std::lock_guard<std::mutex> lock(world().mutex);
  return std::ssize(world().contexts) + std::ssize(world().descriptors);
}

std::vector<Execution> executions() {
  const std::lock_guard<std::mutex> lock(world().mutex);
  return world().executions;
}

void clear_executions() {
  const std::lock_guard<std::mutex> lock(world().mutex);
  world().executions.clear();
}

cudnn::Functions functions() {
  return {.cudnnGetVersion = [] { return world().behaviour.version; },
          .cudnnGetErrorString = [](Status status) -> const char* {
            return status == Status::kSuccess        ? "FAKE_SUCCESS"
                   : status == Status::kBadParam     ? "FAKE_BAD_PARAM"
                   : cudnn::is_not_supported(status) ? "FAKE_NOT_SUPPORTED"
                                                     : "FAKE_ERROR";
          },
          .cudnnGetLastErrorString =
              [](char* message, std::size_t size) { std::snprintf(message, size, "%s", last_error.c_str()); },
          .cudnnCreate = create,
          .cudnnDestroy = destroy,
          .cudnnSetStream = set_stream,
          .cudnnBackendCreateDescriptor = create_descriptor,
          .cudnnBackendDestroyDescriptor = destroy_descriptor,
          .cudnnBackendSetAttribute = set,
          .cudnnBackendGetAttribute = get,
          .cudnnBackendFinalize = finalize,
          .cudnnBackendExecute = execute};
}

std::shared_ptr<const CudnnLibrary> library() {
  return std::make_shared<const CudnnLibrary>(functions(), "fake");
}

}  // namespace convlstm::cuda::fake

namespace convlstm::cuda {

std::shared_ptr<const CudnnLibrary> default_cudnn() {
  return fake::library();
}

}  // namespace convlstm::cuda
