// The fake finds out what its documentation forbids: an attribute that is forgotten, of another type or
// count, a descriptor that is not finalized. Else the tests over it would show nothing.
#include "support/fake_cudnn.h"

#include <gtest/gtest.h>

#include <set>

#include "backend/cuda/convolution.h"
#include "backend/cuda/cudnn_descriptor.h"
#include "core/error.h"
#include "support/device_array.h"

namespace convlstm::cuda::test {
namespace {

using cudnn::Attribute;
using cudnn::AttributeType;
using cudnn::BackendDescriptor;
using cudnn::DescriptorType;
using cudnn::Status;

std::set<Attribute> attributes;  // that went by
Attribute spoilt{};              // is left out, or changed:
AttributeType other_type{};
std::int64_t count_change = 0;
bool is_left_out = false;

// A table that spoils one attribute on its way to the fake.
std::shared_ptr<const CudnnLibrary> spoiling_library() {
  cudnn::Functions functions = fake::functions();
  functions.cudnnBackendSetAttribute = [](BackendDescriptor descriptor, Attribute name, AttributeType type,
                                          std::int64_t count, const void* elements) {
    attributes.insert(name);
    if (name == spoilt && is_left_out) return Status::kSuccess;
    const bool here = name == spoilt;
    return fake::functions().cudnnBackendSetAttribute(
        descriptor, name, here && other_type != AttributeType{} ? other_type : type,
        here ? count + count_change : count, elements);
  };
  return std::make_shared<const CudnnLibrary>(functions, "spoiling");
}

void run_once() {
  Stream stream(0);
  CudnnHandle cudnn(spoiling_library(), stream);
  const ConvolutionShape shape{.images = 1,
                               .input_channels = 4,
                               .output_channels = 8,
                               .input = {3, 4},
                               .output = {3, 4},
                               .kernel = {3, 3},
                               .before = {1, 1, 0}};
  Convolution convolution(cudnn, shape, {});
  const DeviceArray x(stream, 48, Element::kFloat32), kernel(stream, 8 * 9 * 4, Element::kFloat32);
  const DeviceArray y(stream, 96, Element::kFloat32), workspace(stream, 4096, Element::kFloat32);
  convolution.forward(x.data(), kernel.data(), y.data(), workspace.data());
  stream.synchronize();
}

class FakeCudnnTest : public testing::Test {
 protected:
  FakeCudnnTest() {
    fake::reset();
    spoilt = {};
    other_type = {};
    count_change = 0;
    is_left_out = false;
    attributes.clear();
    run_once();
    all = attributes;
  }
  std::set<Attribute> all;
};

TEST_F(FakeCudnnTest, AttributeLeftOut_IsFoundOut) {
  EXPECT_EQ(all.size(), 39u);
  is_left_out = true;
  for (const Attribute name : all) {
    spoilt = name;
    EXPECT_THROW(run_once(), Error) << "attribute " << static_cast<int>(name);
  }
}

TEST_F(FakeCudnnTest, AttributeOfAnotherType_IsFoundOut) {
  for (const Attribute name : all) {
    spoilt = name;
    other_type = AttributeType::kNumericalNote;
    EXPECT_THROW(run_once(), Error) << "attribute " << static_cast<int>(name);
  }
}

TEST_F(FakeCudnnTest, AttributeWithoutElements_IsFoundOut) {
  for (const Attribute name : all) {
    spoilt = name;
    count_change = -100;
    EXPECT_THROW(run_once(), Error) << "attribute " << static_cast<int>(name);
  }
}

TEST_F(FakeCudnnTest, DescriptorThatIsNotFinalized_IsFoundOut) {
  const auto library = fake::library();
  const CudnnDescriptor tensor(*library, DescriptorType::kTensor);
  CudnnDescriptor operation(*library, DescriptorType::kConvolutionForward);
  EXPECT_THROW(operation.set(Attribute::kForwardX, tensor), Error);
  EXPECT_THROW((void)tensor.get_int64(Attribute::kTensorUniqueId), Error);
}

TEST_F(FakeCudnnTest, DestroyedDescriptor_IsFoundOut) {
  const cudnn::Functions call = fake::functions();
  BackendDescriptor descriptor = nullptr;
  ASSERT_EQ(call.cudnnBackendCreateDescriptor(DescriptorType::kTensor, &descriptor), Status::kSuccess);
  ASSERT_EQ(call.cudnnBackendDestroyDescriptor(descriptor), Status::kSuccess);
  EXPECT_EQ(call.cudnnBackendFinalize(descriptor), Status::kBadParam);
  EXPECT_EQ(call.cudnnBackendDestroyDescriptor(descriptor), Status::kBadParam);
}

}  // namespace
}  // namespace convlstm::cuda::test
