#include "support/fixture.h"
#include "support/objects.h"

namespace convlstm::test {
namespace {

class States : public CapiTest {};

TEST_F(States, Parts_AfterUpload_AreReadBackAndReset) {
  const Context context = make_context();
  const Layer layer = make_recurrent(context, recurrent_desc(2, 3));
  const State state = make_state(context, layer, {2, 4, 5});
  const std::int64_t count = 2 * 3 * 4 * 5;
  std::int32_t parts = 0;
  ok(cln_state_get_part_count(state.get(), &parts));
  ASSERT_EQ(parts, 2);
  for (std::int32_t part = 0; part < 2; ++part) {
    EXPECT_EQ(part_of(state, part, count), Floats(120, 0.0f));
    const Floats values = random_floats(count, static_cast<std::uint64_t>(part));
    ok(cln_state_upload(state.get(), part, values.data(), count));
  }
  EXPECT_EQ(part_of(state, 0, count), random_floats(count, 0));
  EXPECT_EQ(part_of(state, 1, count), random_floats(count, 1));
  ok(cln_state_reset(state.get()));
  EXPECT_EQ(part_of(state, 1, count), Floats(120, 0.0f));
}

TEST_F(States, Copy_BetweenLayersOfTheSameShape_CopiesAllParts) {
  const Context context = make_context(), elsewhere = make_context();
  const Layer encoder = make_recurrent(context, recurrent_desc(2, 3));
  const Layer forecaster = make_recurrent(elsewhere, recurrent_desc(0, 3));
  const State from = make_state(context, encoder, {1, 4, 5}),
              to = make_state(elsewhere, forecaster, {1, 4, 5});
  for (std::int32_t part = 0; part < 2; ++part)
    ok(cln_state_upload(from.get(), part, random_floats(60, static_cast<std::uint64_t>(part)).data(), 60));
  ok(cln_state_copy(from.get(), to.get()));
  ok(cln_state_copy(from.get(), from.get()));
  for (std::int32_t part = 0; part < 2; ++part)
    EXPECT_EQ(part_of(to, part, 60), random_floats(60, static_cast<std::uint64_t>(part)));
}

TEST_F(States, Copy_OfAnotherShape_IsRefused) {
  const Context context = make_context();
  const Layer layer = make_recurrent(context, recurrent_desc(2, 3));
  const Layer wider = make_recurrent(context, recurrent_desc(2, 4));
  const State state = make_state(context, layer, {1, 4, 5});
  const State others[] = {make_state(context, layer, {2, 4, 5}), make_state(context, layer, {1, 5, 4}),
                          make_state(context, wider, {1, 4, 5})};
  for (const State& other : others)
    expect_failure(CLN_SHAPE_MISMATCH, cln_state_copy(other.get(), state.get()),
                   {"destination", "N 1, F 3, H 4, W 5"});
}

TEST_F(States, Create_OfWrongSizes_IsRefused) {
  const Context context = make_context();
  const Layer layer = make_recurrent(context, recurrent_desc(2, 3)), conv = make_conv(context, 1, 1);
  cln_state* out = nullptr;
  const auto create = [&](const Layer& of, std::int64_t n, std::int64_t h, std::int64_t w,
                          std::int32_t rank) {
    const std::int64_t size[] = {h, w, 1};
    return cln_state_create(context.get(), of.get(), n, size, rank, &out);
  };
  expect_failure(CLN_INVALID_ARGUMENT, create(conv, 1, 2, 2, 2), {"layer", "recurrent", "convolution"});
  expect_failure(CLN_INVALID_ARGUMENT, create(layer, 0, 2, 2, 2), {"batch", "got 0"});
  expect_failure(CLN_INVALID_ARGUMENT, create(layer, 1, 0, 2, 2), {"size[0]", "got 0"});
  expect_failure(CLN_INVALID_ARGUMENT, create(layer, 1, 2, -1, 2), {"size[1]", "-1"});
  expect_failure(CLN_INVALID_ARGUMENT, create(layer, 1, 2, 2, 1), {"rank", "got 1"});
  expect_failure(CLN_INVALID_ARGUMENT, create(layer, 1, 2, 2, 3), {"rank", "got 3"});
  expect_failure(CLN_SIZE_OVERFLOW, create(layer, INT64_MAX, 2, 2, 2), {"size"});
  EXPECT_EQ(out, nullptr);
}

TEST_F(States, Transfer_OfWrongPartOrCount_IsRefused) {
  const Context context = make_context();
  const Layer layer = make_recurrent(context, recurrent_desc(1, 1));
  const State state = make_state(context, layer, {1, 2, 2});
  float values[4] = {};
  for (const std::int32_t part : {-1, 2}) {
    expect_failure(CLN_INVALID_ARGUMENT, cln_state_upload(state.get(), part, values, 4), {"part", "0 to 1"});
    expect_failure(CLN_INVALID_ARGUMENT, cln_state_download(state.get(), part, values, 4),
                   {"part", "0 to 1"});
  }
  expect_failure(CLN_SHAPE_MISMATCH, cln_state_upload(state.get(), 0, values, 3),
                 {"count", "expected 4", "got 3"});
  expect_failure(CLN_SHAPE_MISMATCH, cln_state_download(state.get(), 0, values, 5), {"count", "got 5"});
}

}  // namespace
}  // namespace convlstm::test
