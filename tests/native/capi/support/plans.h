#pragma once

#include <gtest/gtest.h>

#include <string>

#include "support/objects.h"

namespace convlstm::test {

inline std::string plan_of(const Session& session, std::int64_t steps = 1) {
  std::int64_t length = 0;
  ok(cln_session_get_plan(session.get(), steps, nullptr, 0, &length));
  std::string text(static_cast<std::size_t>(length), '?');
  ok(cln_session_get_plan(session.get(), steps, text.data(), length, &length));
  EXPECT_EQ(static_cast<std::size_t>(length), text.size());
  EXPECT_EQ(text.back(), '\0');
  text.pop_back();
  EXPECT_EQ(text.find('\0'), std::string::npos);
  return text;
}

}  // namespace convlstm::test
