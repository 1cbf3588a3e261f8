#include <cmath>
#include <limits>

#include "support/fixture.h"
#include "support/objects.h"

namespace convlstm::test {
namespace {

class Layers : public CapiTest {};

cln_parameter_info info_of(const Layer& layer, std::int32_t index) {
  cln_parameter_info info{};
  info.struct_size = sizeof info;
  ok(cln_layer_get_parameter_info(layer.get(), index, &info));
  return info;
}

void expect_parameter(const Layer& layer, std::int32_t index, const std::string& name,
                      const std::vector<std::int64_t>& dims) {
  const cln_parameter_info info = info_of(layer, index);
  EXPECT_EQ(info.name, name);
  EXPECT_EQ(std::vector<std::int64_t>(info.dims, info.dims + info.rank), dims);
  std::int64_t count = 1;
  for (const std::int64_t dim : dims) count *= dim;
  EXPECT_EQ(info.element_count, count);
  for (std::int32_t i = info.rank; i < CLN_MAX_RANK; ++i) EXPECT_EQ(info.dims[i], 0);
}

TEST_F(Layers, Parameters_OfAFullDescription_AreThoseOfTheHeader) {
  const Context context = make_context();
  cln_recurrent_desc desc = recurrent_desc(3, 5);
  desc.peephole = CLN_PEEPHOLE_PER_CHANNEL;
  desc.input_kernel[0] = 5;
  desc.input_kernel[1] = 4;
  desc.recurrent_kernel[1] = 1;
  const Layer layer = make_recurrent(context, desc);
  ASSERT_EQ(parameter_count(layer), 4);
  expect_parameter(layer, 0, "input_kernel", {20, 3, 5, 4});
  expect_parameter(layer, 1, "recurrent_kernel", {20, 5, 3, 1});
  expect_parameter(layer, 2, "bias", {20});
  expect_parameter(layer, 3, "peephole", {3, 5});
  for (std::int32_t i = 0; i < 4; ++i)
    for (const float value : parameter_of(layer, i)) ASSERT_EQ(value, 0.0f);
}

TEST_F(Layers, Parameters_ThatADescriptionHasNot_AreNotCounted) {
  const Context context = make_context();
  cln_recurrent_desc desc = recurrent_desc(0, 2);
  desc.bias = CLN_BIAS_NONE;
  const Layer bare = make_recurrent(context, desc);
  ASSERT_EQ(parameter_count(bare), 1);
  expect_parameter(bare, 0, "recurrent_kernel", {8, 2, 3, 3});
  desc.peephole = CLN_PEEPHOLE_PER_CHANNEL;
  const Layer peeping = make_recurrent(context, desc);
  ASSERT_EQ(parameter_count(peeping), 2);
  expect_parameter(peeping, 1, "peephole", {3, 2});
  const Layer conv = make_conv(context, 3, 7, 5);
  ASSERT_EQ(parameter_count(conv), 2);
  expect_parameter(conv, 0, "kernel", {7, 3, 5, 5});
  expect_parameter(conv, 1, "bias", {7});
}

TEST_F(Layers, PublishedForecaster_HasThePublishedNumberOfParameters) {
  // Shi et al. 2015, 5x5-128-128 on 64x64 frames in patches of 4: 10,042,896.
  const Context context = make_context();
  std::int64_t total = 0;
  const auto add = [&](const Layer& layer) {
    for (std::int32_t i = 0; i < parameter_count(layer); ++i) total += info_of(layer, i).element_count;
  };
  for (const std::int64_t inputs : {16, 128, 0, 128}) {
    cln_recurrent_desc desc = recurrent_desc(inputs, 128);
    desc.peephole = CLN_PEEPHOLE_PER_CHANNEL;
    desc.input_kernel[0] = desc.input_kernel[1] = desc.recurrent_kernel[0] = desc.recurrent_kernel[1] = 5;
    add(make_recurrent(context, desc));
  }
  add(make_conv(context, 256, 16));
  EXPECT_EQ(total, 10042896);
}

TEST_F(Layers, SetParameter_OfFiniteValues_IsReadBack) {
  const Context context = make_context();
  const Layer layer = make_recurrent(context, recurrent_desc(1, 1));
  const Floats values = random_floats(36, 5);
  set_parameter(layer, 0, values);
  EXPECT_EQ(parameter_of(layer, 0), values);
  EXPECT_EQ(parameter_of(layer, 1), Floats(36, 0.0f));
}

TEST_F(Layers, Parameter_OfWrongIndexOrCount_IsRefused) {
  const Context context = make_context();
  const Layer layer = make_recurrent(context, recurrent_desc(1, 1));
  float values[36] = {};
  cln_parameter_info info{};
  info.struct_size = sizeof info;
  for (const std::int32_t index : {-1, 3, INT32_MAX}) {
    const std::string got = "got " + std::to_string(index);
    expect_failure(CLN_INVALID_ARGUMENT, cln_layer_get_parameter_info(layer.get(), index, &info),
                   {"index", got});
    expect_failure(CLN_INVALID_ARGUMENT, cln_layer_set_parameter(layer.get(), index, values, 36),
                   {"index", got});
    expect_failure(CLN_INVALID_ARGUMENT, cln_layer_get_parameter(layer.get(), index, values, 36),
                   {"index", got});
    expect_failure(CLN_INVALID_ARGUMENT, cln_layer_get_gradient(layer.get(), index, values, 36),
                   {"index", got});
  }
  for (const std::int64_t count : {std::int64_t{35}, std::int64_t{-36}, INT64_MAX}) {
    const std::string got = "got " + std::to_string(count);
    expect_failure(CLN_SHAPE_MISMATCH, cln_layer_set_parameter(layer.get(), 0, values, count),
                   {"count", "expected 36", got});
    expect_failure(CLN_SHAPE_MISMATCH, cln_layer_get_parameter(layer.get(), 0, values, count),
                   {"count", got});
    expect_failure(CLN_SHAPE_MISMATCH, cln_layer_get_gradient(layer.get(), 0, values, count), {"count", got});
  }
}

TEST_F(Layers, SetParameter_OfAValueThatIsNotFinite_ChangesNothing) {
  const Context context = make_context();
  const Layer layer = make_recurrent(context, recurrent_desc(1, 1));
  const Floats before = random_floats(36, 6);
  set_parameter(layer, 0, before);
  for (const float bad :
       {std::nanf(""), std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity()}) {
    Floats values(36, 1.0f);
    values[35] = bad;
    expect_failure(CLN_NOT_FINITE, cln_layer_set_parameter(layer.get(), 0, values.data(), 36),
                   {"data", "element 35"});
  }
  EXPECT_EQ(parameter_of(layer, 0), before);
}

TEST_F(Layers, Initialize_OfASeed_FillsKernelsWithinTheGlorotBound) {
  const Context context = make_context();
  cln_recurrent_desc desc = recurrent_desc(3, 16);
  desc.peephole = CLN_PEEPHOLE_PER_CHANNEL;
  const Layer layer = make_recurrent(context, desc), twin = make_recurrent(context, desc);
  randomize(layer, 1.0f, 1);
  ok(cln_layer_initialize(layer.get(), 42));
  ok(cln_layer_initialize(twin.get(), 42));
  for (std::int32_t i = 0; i < 2; ++i) {
    const Floats values = parameter_of(layer, i);
    EXPECT_EQ(values, parameter_of(twin, i));
    const double bound = std::sqrt(6.0 / (9 * (64 + (i == 0 ? 3 : 16))));
    double greatest = 0, sum = 0, squares = 0;
    for (const float value : values) {
      greatest = std::max(greatest, std::fabs(static_cast<double>(value)));
      sum += static_cast<double>(value);
      squares += static_cast<double>(value) * static_cast<double>(value);
    }
    const auto count = static_cast<double>(values.size());
    EXPECT_LE(greatest, bound);
    EXPECT_GT(greatest, 0.98 * bound);
    EXPECT_NEAR(sum / count, 0, 0.1 * bound);
    EXPECT_NEAR(squares / count, bound * bound / 3, 0.1 * bound * bound / 3);
  }
  EXPECT_EQ(parameter_of(layer, 2), Floats(64, 0.0f));
  EXPECT_EQ(parameter_of(layer, 3), Floats(48, 0.0f));
  ok(cln_layer_initialize(twin.get(), 43));
  EXPECT_NE(parameter_of(layer, 0), parameter_of(twin, 0));
}

TEST_F(Layers, Gradients_BeforeAnyTraining_AreZeros) {
  const Context context = make_context();
  const Layer layer = make_recurrent(context, recurrent_desc(1, 1));
  EXPECT_EQ(gradient_of(layer, 0), Floats(36, 0.0f));
  EXPECT_EQ(cln_layer_zero_gradients(layer.get()), CLN_OK);
}

}  // namespace
}  // namespace convlstm::test
