namespace ConvLstmNative.Benchmarks;

/// <summary>The goals as the last lines of a run.</summary>
internal static class GoalSummary
{
    /// <summary>What was not measured comes as one line.</summary>
    public static void Print(IReadOnlyList<Goal> goals)
    {
        foreach (Goal goal in goals.Where(goal => goal.Value is not null))
            Console.WriteLine(goal);
        string[] missing = [.. goals.Where(goal => goal.Value is null).Select(goal => goal.Name)];
        if (missing.Length > 0)
            Console.WriteLine($"not measured: {string.Join("; ", missing)}");
        Console.WriteLine(
            $"{goals.Count(goal => goal.IsReached == true)} reached, {goals.Count(goal => goal.IsReached == false)} not reached, "
            + $"{goals.Count(goal => goal.IsReached is null)} not judged");
    }
}
