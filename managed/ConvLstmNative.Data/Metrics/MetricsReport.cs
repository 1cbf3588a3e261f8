namespace ConvLstmNative.Data;

/// <summary>What <see cref="FrameMetrics"/> found.</summary>
/// <param name="Profile">The conventions of the figures: <see cref="FrameMetrics.ProfileName"/>.</param>
/// <param name="SequenceCount">Sequences that were compared.</param>
/// <param name="EventThreshold">A value at or above this is an event for CSI, POD and FAR, in unit values.</param>
/// <param name="LeadTimes">One row a lead time, in order.</param>
/// <param name="Average">The mean of the rows, each figure over the rows where it is defined.</param>
public sealed record MetricsReport(
    string Profile, long SequenceCount, float EventThreshold, IReadOnlyList<LeadTimeMetrics> LeadTimes, LeadTimeMetrics Average);
