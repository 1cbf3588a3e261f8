using System.Text.Json;
using System.Text.Json.Serialization;

namespace ConvLstmNative.Cli;

/// <summary>Writes the value of an enumeration as the word that its option takes.</summary>
internal sealed class WordConverter<T>(IReadOnlyDictionary<string, T> words) : JsonConverter<T>
    where T : struct
{
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String && words.TryGetValue(reader.GetString()!, out T value))
            return value;
        throw new JsonException($"Expected one of {string.Join(", ", words.Keys)}.");
    }

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
        writer.WriteStringValue(words.First(pair => pair.Value.Equals(value)).Key);
}
