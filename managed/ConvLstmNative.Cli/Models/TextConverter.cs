using System.Text.Json;
using System.Text.Json.Serialization;

namespace ConvLstmNative.Cli;

/// <summary>Writes a small value as the text that its option takes.</summary>
internal sealed class TextConverter<T>(TextConverter<T>.Parser parse) : JsonConverter<T>
    where T : struct
{
    internal delegate bool Parser(string text, out T value);

    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String && parse(reader.GetString()!, out T value))
            return value;
        throw new JsonException($"Expected a {typeof(T).Name}.");
    }

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}
