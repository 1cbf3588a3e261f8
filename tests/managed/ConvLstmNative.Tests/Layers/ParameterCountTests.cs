using NUnit.Framework;

namespace ConvLstmNative.Tests;

/// <summary>
/// The numbers of parameters that Shi et al. 2015 published for Moving MNIST with patches of 4×4: peepholes per channel, kernels
/// of the input and of the recurrence of their own sizes, a forecaster whose first layer has no input and whose hidden states
/// all go into a 1×1 convolution.
/// </summary>
public sealed class ParameterCountTests : NativeFixture
{
    [TestCase(5, 5, "256", 13_524_496)]
    [TestCase(5, 5, "128-128", 10_042_896)]
    [TestCase(5, 5, "128-64-64", 7_585_296)]
    [TestCase(9, 1, "128-128", 11_550_224)]
    [TestCase(9, 1, "128-64-64", 8_830_480)]
    public void ParameterCount_NetworksOfShi2015_AreThePublishedOnes(int inputKernel, int recurrentKernel, string hidden, long expected)
    {
        const int PatchedChannels = 16;
        int[] channels = [.. hidden.Split('-').Select(int.Parse)];
        long count = 0;
        foreach (int inputs in new[] { PatchedChannels, 0 })
        {
            int below = inputs;
            foreach (int features in channels)
            {
                using ConvLstm layer = new(Context, new ConvLstmOptions
                {
                    InputChannels = below,
                    HiddenChannels = features,
                    InputKernelSize = inputKernel,
                    RecurrentKernelSize = recurrentKernel,
                    Peephole = Peephole.PerChannel,
                });
                count += layer.ParameterCount;
                below = features;
            }
        }

        using Conv2d head = new(Context, new Conv2dOptions { InputChannels = channels.Sum(), OutputChannels = PatchedChannels });
        Assert.That(count + head.ParameterCount, Is.EqualTo(expected));

        using SequenceModel model = new(Context, new SequenceModelOptions
        {
            PatchSize = 4,
            Layers =
            [
                .. channels.Select(features => new RecurrentLayerOptions
                {
                    HiddenChannels = features,
                    InputKernelSize = inputKernel,
                    RecurrentKernelSize = recurrentKernel,
                    Peephole = Peephole.PerChannel,
                }),
            ],
        });
        Assert.That(model.ParameterCount, Is.EqualTo(expected));
    }
}
