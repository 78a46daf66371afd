package dev.poro.engine;

/**
 * By which a store knows a change that is sent again, see {@link Poro#withToken}.
 *
 * @param client whose change it is
 * @param number of the change among those of the client, from 1 on
 */
public record Token(long client, long number) {
    /** Checks the number. */
    public Token {
        if (number < 1) {
            throw new IllegalArgumentException("number " + number + " of a token: 1 or more");
        }
    }
}
