using System.Text;
using System.Text.Json;

namespace ConvLstmNative.Cli;

/// <summary>Plans for scripts: <c>{"layers": [{"name": …, "plan": …}]}</c>, the plans as the C header describes them.</summary>
internal static class PlanJson
{
    public static string Write(IReadOnlyList<LayerPlan> plans)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteStartArray("layers");
            foreach (LayerPlan layer in plans)
            {
                json.WriteStartObject();
                json.WriteString("name", layer.Layer);
                json.WritePropertyName("plan");
                using JsonDocument plan = JsonDocument.Parse(layer.Plan.Json);
                plan.RootElement.WriteTo(json);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
