package dev.poro.cli;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** Finds the word that was probably meant. */
final class Spelling {
    /** Up to this length, a word with two mistakes counts as another word. */
    private static final int SHORT_WORD = 4;

    private Spelling() {}

    /** The word with the fewest mistakes, ignoring case; empty if none is close. */
    static String nearest(String typed, Stream<String> words) {
        int maxMistakes = typed.length() <= SHORT_WORD ? 1 : 2;
        List<String> near = words.filter(word -> mistakes(typed, word) <= maxMistakes)
                .sorted(Comparator.comparingInt(word -> mistakes(typed, word)))
                .toList();
        return near.isEmpty() ? "" : near.get(0);
    }

    /**
     * The number of letters to insert, delete or replace, and of neighbours to swap (the distance of Damerau and
     * Levenshtein, where no letter is changed twice).
     */
    static int mistakes(String typed, String word) {
        String from = typed.toLowerCase(Locale.ROOT);
        String to = word.toLowerCase(Locale.ROOT);
        int[][] cost = new int[from.length() + 1][to.length() + 1];
        for (int i = 0; i <= from.length(); i++) {
            for (int j = 0; j <= to.length(); j++) {
                cost[i][j] = i == 0 || j == 0 ? i + j : cheapest(from, to, i, j, cost);
            }
        }
        return cost[from.length()][to.length()];
    }

    private static int cheapest(String from, String to, int i, int j, int[][] cost) {
        boolean same = from.charAt(i - 1) == to.charAt(j - 1);
        int least = Math.min(cost[i - 1][j - 1] + (same ? 0 : 1), Math.min(cost[i - 1][j], cost[i][j - 1]) + 1);
        boolean swapped =
                i > 1 && j > 1 && from.charAt(i - 1) == to.charAt(j - 2) && from.charAt(i - 2) == to.charAt(j - 1);
        return swapped ? Math.min(least, cost[i - 2][j - 2] + 1) : least;
    }
}
