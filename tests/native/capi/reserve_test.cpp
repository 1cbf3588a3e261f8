#include "support/fixture.h"
#include "support/world.h"

namespace convlstm::test {
namespace {

class Reserves : public CapiTest {};

cln_status backward(const World& w, const Session& session, const Reserve& reserve) {
  return cln_session_backward(session.get(), w.x.get(), reserve.get(), nullptr, nullptr, nullptr);
}

TEST_F(Reserves, Backward_BeforeForward_IsRefused) {
  const World w;
  expect_failure(CLN_INVALID_STATE, backward(w, w.session, w.reserve), {"reserve", "empty"});
}

TEST_F(Reserves, Backward_Twice_IsRefused) {
  const World w;
  w.forward_training();
  ok(backward(w, w.session, w.reserve));
  expect_failure(CLN_INVALID_STATE, backward(w, w.session, w.reserve), {"reserve", "empty"});
  w.forward_training();
  EXPECT_EQ(backward(w, w.session, w.reserve), CLN_OK) << "a reserve is filled again and again";
}

TEST_F(Reserves, OfAnotherSession_IsRefused) {
  const World w;
  const Session other = make_session(w.context, w.layer, {1, 3, 3});
  w.forward_training();
  expect_failure(CLN_INVALID_STATE, backward(w, other, w.reserve), {"reserve", "another session"});
  expect_failure(
      CLN_INVALID_STATE,
      cln_session_forward_training(other.get(), 2, w.x.get(), nullptr, nullptr, w.reserve.get(), w.y.get()),
      {"reserve", "another session"});
  EXPECT_EQ(backward(w, w.session, w.reserve), CLN_OK) << "it is still filled";
}

TEST_F(Reserves, ForMoreStepsThanItHolds_IsRefused) {
  const World w;
  const Reserve one = make_reserve(w.session, 1);
  expect_failure(
      CLN_INVALID_STATE,
      cln_session_forward_training(w.session.get(), 2, w.x.get(), nullptr, nullptr, one.get(), w.y.get()),
      {"reserve", "at least 2", "for 1"});
}

TEST_F(Reserves, AfterTheParametersChanged_IsRefused) {
  const World w;
  w.forward_training();
  ok(cln_layer_initialize(w.layer.get(), 1));
  expect_failure(CLN_INVALID_STATE, backward(w, w.session, w.reserve), {"reserve", "changed"});
}

TEST_F(Reserves, OfAWrongForward_StaysAsItWas) {
  const World w;
  w.forward_training();
  expect_failure(CLN_SHAPE_MISMATCH,
                 cln_session_forward_training(w.session.get(), 1, w.x.get(), nullptr, nullptr,
                                              w.reserve.get(), w.y.get()),
                 {"x"});
  EXPECT_EQ(backward(w, w.session, w.reserve), CLN_OK);
}

TEST_F(Reserves, Dx_OfALayerWithoutInput_IsRefused) {
  const World w;
  const Layer layer = make_recurrent(w.context, recurrent_desc(0, 2));
  const Session session = make_session(w.context, layer, {1, 3, 3});
  const Reserve reserve = make_reserve(session, 2);
  ok(cln_session_forward_training(session.get(), 2, nullptr, nullptr, nullptr, reserve.get(), w.y.get()));
  expect_failure(CLN_INVALID_ARGUMENT,
                 cln_session_backward(session.get(), nullptr, reserve.get(), nullptr, nullptr, w.x.get()),
                 {"dx", "NULL"});
  expect_failure(CLN_INVALID_ARGUMENT,
                 cln_session_backward(session.get(), w.x.get(), reserve.get(), nullptr, nullptr, nullptr),
                 {"x", "NULL"});
}

TEST_F(Reserves, Bytes_OfMoreSteps_AreMoreAndCounted) {
  const World w;
  const Reserve ten = make_reserve(w.session, 10);
  std::int64_t two_bytes = 0, ten_bytes = 0, live = 0;
  ok(cln_reserve_get_bytes(w.reserve.get(), &two_bytes));
  ok(cln_reserve_get_bytes(ten.get(), &ten_bytes));
  ok(cln_debug_get_live(CLN_OBJECT_RESERVE, nullptr, &live));
  EXPECT_GT(two_bytes, 0);
  EXPECT_GT(ten_bytes, 2 * two_bytes);
  EXPECT_EQ(live, two_bytes + ten_bytes);
}

}  // namespace
}  // namespace convlstm::test
