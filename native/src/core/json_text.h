// JSON, written from the first brace to the last.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

namespace convlstm {

class JsonText {
 public:
  JsonText& begin_object() { return open('{'); }
  JsonText& end_object() { return close('}'); }
  JsonText& begin_array() { return open('['); }
  JsonText& end_array() { return close(']'); }

  // In an object; a value or an opening follows.
  JsonText& name(std::string_view name) {
    value(name);
    text_ += ':';
    is_first_ = true;
    return *this;
  }

  // UTF-8 without NUL.
  JsonText& value(std::string_view text) {
    separate();
    text_ += '"';
    for (const char c : text) {
      if (c == '"' || c == '\\') text_ += '\\';
      if (static_cast<unsigned char>(c) >= 0x20) {
        text_ += c;
      } else {
        char escape[8];
        std::snprintf(escape, sizeof escape, "\\u%04x", c);
        text_ += escape;
      }
    }
    text_ += '"';
    return *this;
  }
  JsonText& value(std::int64_t number) { return plain(std::to_string(number)); }
  // A count, which may pass beyond 64 bits: no digits after the point.
  JsonText& count(double number) {
    char digits[320];
    std::snprintf(digits, sizeof digits, "%.0f", number);
    return plain(digits);
  }

  template <typename Value>
  JsonText& member(std::string_view its_name, const Value& its_value) {
    return name(its_name).value(its_value);
  }

  const std::string& text() const { return text_; }

 private:
  void separate() {
    if (!is_first_) text_ += ',';
    is_first_ = false;
  }
  JsonText& open(char bracket) {
    separate();
    text_ += bracket;
    is_first_ = true;
    return *this;
  }
  JsonText& close(char bracket) {
    text_ += bracket;
    is_first_ = false;
    return *this;
  }
  JsonText& plain(std::string_view digits) {
    separate();
    text_ += digits;
    return *this;
  }

  std::string text_;
  bool is_first_ = true;
};

}  // namespace convlstm
