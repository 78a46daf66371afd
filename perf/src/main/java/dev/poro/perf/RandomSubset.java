package dev.poro.perf;

import java.util.Arrays;
import java.util.SplittableRandom;

/** Different numbers below a limit, in random order, and other ones at the next call. The same in every run. */
public final class RandomSubset {
    private final SplittableRandom random = new SplittableRandom(42);
    private final int[] numbers;
    private final int[] chosen;

    /** {@code size} of the numbers from 0 to {@code limit - 1}. */
    public RandomSubset(int limit, int size) {
        if (size > limit) {
            throw new IllegalArgumentException(size + " different numbers below " + limit);
        }
        this.numbers = new int[limit];
        this.chosen = new int[size];
        Arrays.setAll(numbers, i -> i);
    }

    /** Chooses, by the first steps of a Fisher-Yates shuffle; the next call changes the array. */
    public int[] choose() {
        for (int i = 0; i < chosen.length; i++) {
            int other = random.nextInt(i, numbers.length);
            int number = numbers[other];
            numbers[other] = numbers[i];
            numbers[i] = number;
            chosen[i] = number;
        }
        return chosen;
    }
}
