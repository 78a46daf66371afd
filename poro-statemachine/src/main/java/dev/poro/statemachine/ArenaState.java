package dev.poro.statemachine;

/** The life of an {@link Arena}, in order; no state is ever entered again. */
enum ArenaState {
    /** The region has been taken from the operating system and is being prepared. */
    ALLOCATE,
    /** Pages are handed out and taken back; nothing is asked of the operating system. */
    FROZEN,
    /** The region has been given back; its addresses are dangling. */
    DEALLOCATE
}
