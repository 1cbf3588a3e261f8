using System.Text.Json;
using System.Text.Json.Serialization;

namespace ConvLstmNative;

/// <summary>Sizes in JSON: one number for all dimensions, or a list with one for each, in the order D, H, W.</summary>
internal sealed class SizesConverter : JsonConverter<Sizes>
{
    public override Sizes Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Number)
            return Number(ref reader);
        if (reader.TokenType != JsonTokenType.StartArray)
            throw Unexpected();
        List<int> numbers = [];
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            numbers.Add(Number(ref reader));
        return numbers switch
        {
            [int width] => width,
            [int height, int width] => new Sizes(height, width),
            [int depth, int height, int width] => new Sizes(depth, height, width),
            _ => throw Unexpected(),
        };
    }

    public override void Write(Utf8JsonWriter writer, Sizes value, JsonSerializerOptions options)
    {
        if (value.Rank == 0)
        {
            writer.WriteNumberValue(value.Width);
            return;
        }

        writer.WriteStartArray();
        foreach (int number in value.ToArray(value.Rank))
            writer.WriteNumberValue(number);
        writer.WriteEndArray();
    }

    private static int Number(ref Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out int number) ? number : throw Unexpected();

    private static JsonException Unexpected() => new("Expected a whole number, or a list of one to three of them.");
}
