using System.Text.Json.Serialization;

namespace ConvLstmNative;

/// <summary>Order of the dimensions of a recurrent layer's input and output. States and parameters are channels
/// first whatever the layout.</summary>
public enum SequenceLayout
{
    /// <summary>Batch first: (N, T, C, H, W).</summary>
    [JsonStringEnumMemberName("ntchw")]
    BatchFirst = 0,

    /// <summary>Time first: (T, N, C, H, W).</summary>
    [JsonStringEnumMemberName("tnchw")]
    TimeFirst = 1,

    /// <summary>Batch first, channels last: (N, T, H, W, C).</summary>
    [JsonStringEnumMemberName("nthwc")]
    BatchFirstChannelsLast = 2,

    /// <summary>Time first, channels last: (T, N, H, W, C).</summary>
    [JsonStringEnumMemberName("tnhwc")]
    TimeFirstChannelsLast = 3,
}
