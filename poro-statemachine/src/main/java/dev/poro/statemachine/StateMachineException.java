package dev.poro.statemachine;

/**
 * An error that a correct store does not produce: an event out of order, a mark that contradicts the state, memory that
 * cannot be reserved, a call in the wrong state of the arena. The store must stop; acknowledged changes are in the log.
 * The message says what was expected, what was found and what the user can do. Regular rejections (no memory left, no
 * such key) are outcomes, never exceptions.
 */
public class StateMachineException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** With a message only. */
    public StateMachineException(String message) {
        super(message);
    }

    /** With a cause. */
    public StateMachineException(String message, Throwable cause) {
        super(message, cause);
    }
}
