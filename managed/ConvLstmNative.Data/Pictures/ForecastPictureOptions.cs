namespace ConvLstmNative.Data;

/// <summary>How <see cref="ContactSheet"/> and <see cref="Animation"/> look.</summary>
public sealed record ForecastPictureOptions
{
    /// <summary>Colours of one-channel frames.</summary>
    public FrameColors Colors { get; init; }

    /// <summary>Each pixel is drawn as a square of this many; null chooses so that small frames can be seen.</summary>
    public int? Magnification { get; init; }

    /// <summary>Time between frames, for the labels: five minutes gives "+5 min"; null labels by number, "+1".</summary>
    public TimeSpan? StepDuration { get; init; }

    /// <summary>Adds a row of the last input frame, repeated, to a contact sheet: the forecast that assumes no change.</summary>
    public bool ShowPersistence { get; init; } = true;

    /// <summary>How long an animation shows each frame.</summary>
    public TimeSpan FrameDuration { get; init; } = TimeSpan.FromMilliseconds(180);
}
