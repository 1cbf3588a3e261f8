#pragma once

#include <gtest/gtest.h>

#include <string>

#include "core/error.h"

namespace convlstm::test {

// Expects `body` to fail with a status and a message that holds `part`.
template <typename Body>
void expect_error(cln_status status, const std::string& part, const Body& body) {
  try {
    body();
    ADD_FAILURE() << "expected a failure about " << part;
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), status) << error.what();
    EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
  }
}

}  // namespace convlstm::test
