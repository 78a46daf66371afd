package dev.poro.server;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The last commands that took longer than the setting allows. Thread-safe. */
final class Slowlog {
    /** As Redis does: of each command so many arguments and bytes of each. */
    private static final int MAX_ARGUMENTS = 32;

    private static final int MAX_ARGUMENT_LENGTH = 128;

    private final ServerSettings settings;
    private final ArrayDeque<Entry> entries = new ArrayDeque<>();
    private long nextId;

    /**
     * A command that took long.
     *
     * @param time when it ended, in seconds since 1970
     */
    record Entry(long id, long time, long micros, List<byte[]> words, String address, String name) {}

    Slowlog(ServerSettings settings) {
        this.settings = settings;
    }

    boolean isSlow(long micros) {
        long limit = settings.slowlogMicros();
        return limit >= 0 && micros >= limit;
    }

    synchronized void add(long micros, List<byte[]> words, ClientSession client) {
        long time = System.currentTimeMillis() / 1_000;
        entries.addFirst(new Entry(nextId++, time, micros, shortened(words), client.address(), client.name()));
        while (entries.size() > settings.slowlogLength()) {
            entries.removeLast();
        }
    }

    private static List<byte[]> shortened(List<byte[]> words) {
        List<byte[]> kept = new ArrayList<>();
        int count = words.size() > MAX_ARGUMENTS ? MAX_ARGUMENTS - 1 : words.size();
        for (byte[] word : words.subList(0, count)) {
            kept.add(word.length > MAX_ARGUMENT_LENGTH ? shortened(word) : word);
        }
        if (count < words.size()) {
            kept.add(more("(" + (words.size() - count) + " more arguments)"));
        }
        return kept;
    }

    private static byte[] shortened(byte[] word) {
        byte[] note = more("... (" + (word.length - MAX_ARGUMENT_LENGTH) + " more bytes)");
        byte[] kept = Arrays.copyOf(word, MAX_ARGUMENT_LENGTH + note.length);
        System.arraycopy(note, 0, kept, MAX_ARGUMENT_LENGTH, note.length);
        return kept;
    }

    private static byte[] more(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** The newest ones, newest first. */
    synchronized List<Entry> newest(long count) {
        return entries.stream().limit(count).toList();
    }

    synchronized int size() {
        return entries.size();
    }

    synchronized void clear() {
        entries.clear();
    }
}
