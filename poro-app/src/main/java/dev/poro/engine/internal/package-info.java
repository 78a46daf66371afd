/**
 * Code that the store and its offline tools share. Not API: only {@code dev.poro.engine} and its packages may use it,
 * and it may change at any time.
 */
package dev.poro.engine.internal;
