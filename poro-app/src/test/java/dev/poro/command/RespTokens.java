package dev.poro.command;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Keeps replies as RESP2 writes them, each as one text: {@code +OK}, {@code :1}, {@code $value}, {@code *2}. */
final class RespTokens implements Replies {
    static final String NIL = "nil";

    private final List<String> tokens = new ArrayList<>();

    /** What was replied since the last call. */
    List<String> take() {
        List<String> taken = List.copyOf(tokens);
        tokens.clear();
        return taken;
    }

    /** Each byte is a character. */
    static String bulk(byte[] value) {
        return "$" + new String(value, StandardCharsets.ISO_8859_1);
    }

    @Override
    public void ok() {
        tokens.add("+OK");
    }

    @Override
    public void status(String word) {
        tokens.add("+" + word);
    }

    @Override
    public void integer(long value) {
        tokens.add(":" + value);
    }

    @Override
    public void value(byte[] value) {
        tokens.add(value == null ? NIL : bulk(value));
    }

    @Override
    public void array(int count) {
        tokens.add("*" + count);
    }

    @Override
    public void noArray() {
        tokens.add(NIL);
    }

    @Override
    public void text(String text) {
        tokens.add(bulk(text.getBytes(StandardCharsets.UTF_8)));
    }

    @Override
    public void error(String code, String message) {
        tokens.add("-" + code + " " + message);
    }
}
