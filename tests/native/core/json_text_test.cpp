#include "core/json_text.h"

#include <gtest/gtest.h>

namespace convlstm::test {
namespace {

TEST(JsonText, ObjectsAndArrays_AreSeparated) {
  JsonText json;
  json.begin_object().member("a", std::int64_t{-1}).name("b").begin_array();
  json.value(std::int64_t{1}).begin_object().end_object().value("x").end_array();
  json.name("c").begin_array().end_array().name("d").count(3e20).end_object();
  EXPECT_EQ(json.text(), R"({"a":-1,"b":[1,{},"x"],"c":[],"d":300000000000000000000})");
}

TEST(JsonText, Text_IsEscaped) {
  JsonText json;
  json.value("say \"no\" \\ new\nline \xC3\xA4");
  EXPECT_EQ(json.text(), "\"say \\\"no\\\" \\\\ new\\u000aline \xC3\xA4\"");
}

}  // namespace
}  // namespace convlstm::test
