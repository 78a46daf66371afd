package dev.poro.cli;

import java.util.LinkedHashMap;
import java.util.Map;

/** Reads one JSON object (RFC 8259) whose members are strings and integers. */
final class JsonLine {
    private final String text;
    private int at;

    private JsonLine(String text) {
        this.text = text;
    }

    /**
     * The members by name: a {@link String} or a {@link Long} each.
     *
     * @throws IllegalArgumentException if the text is anything else; says what and where
     */
    static Map<String, Object> parse(String text) {
        JsonLine line = new JsonLine(text);
        Map<String, Object> members = line.object();
        line.skipBlanks();
        if (line.at < text.length()) {
            throw line.wrong("something after the object");
        }
        return members;
    }

    private Map<String, Object> object() {
        Map<String, Object> members = new LinkedHashMap<>();
        expect('{');
        if (peek() == '}') {
            at++;
            return members;
        }
        while (true) {
            String name = string();
            expect(':');
            Object value = peek() == '"' ? string() : integer();
            if (members.put(name, value) != null) {
                throw wrong("member '" + name + "' twice");
            }
            if (peek() != ',') {
                expect('}');
                return members;
            }
            at++;
        }
    }

    private String string() {
        expect('"');
        StringBuilder string = new StringBuilder();
        while (true) {
            char c = next();
            if (c == '"') {
                return string.toString();
            }
            if (c < ' ') {
                throw wrong("a control character in a string");
            }
            string.append(c == '\\' ? escaped() : c);
        }
    }

    private char escaped() {
        char c = next();
        switch (c) {
            case '"':
            case '\\':
            case '/':
                return c;
            case 'b':
                return '\b';
            case 'f':
                return '\f';
            case 'n':
                return '\n';
            case 'r':
                return '\r';
            case 't':
                return '\t';
            case 'u':
                int unit = 0;
                for (int i = 0; i < 4; i++) {
                    int digit = Character.digit(next(), 16);
                    if (digit < 0) {
                        throw wrong("no hexadecimal digit");
                    }
                    unit = unit << 4 | digit;
                }
                return (char) unit;
            default:
                throw wrong("unknown escape \\" + c);
        }
    }

    private Long integer() {
        int begin = at;
        while (at < text.length() && "-0123456789".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
        try {
            return Long.valueOf(text.substring(begin, at));
        } catch (NumberFormatException e) {
            throw wrong("neither a string nor an integer of 64 bits");
        }
    }

    /** The next character that is no blank, which is not consumed; 0 at the end. */
    private char peek() {
        skipBlanks();
        return at < text.length() ? text.charAt(at) : 0;
    }

    private void expect(char expected) {
        if (peek() != expected) {
            throw wrong("expected " + expected);
        }
        at++;
    }

    private char next() {
        if (at == text.length()) {
            throw wrong("the line ends in a string");
        }
        return text.charAt(at++);
    }

    private void skipBlanks() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private IllegalArgumentException wrong(String what) {
        return new IllegalArgumentException(
                "no JSON object of strings and integers: " + what + ", at column " + (at + 1));
    }
}
