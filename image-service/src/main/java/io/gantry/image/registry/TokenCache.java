package io.gantry.image.registry;

import io.gantry.base.Clock;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Access tokens that still hold, and refresh tokens that realms gave out beside them; the least
 * used forgotten first. Thread-safe.
 */
final class TokenCache {

    private static final int MAX_TOKENS = 256;

    private final Clock clock;
    private final Map<TokenRealm.Wanted, TokenRealm.Token> tokens =
            new LinkedHashMap<>(16, 0.75f, true);
    private final Map<TokenRealm.Wanted, String> refreshTokens =
            new LinkedHashMap<>(16, 0.75f, true);

    TokenCache(Clock clock) {
        this.clock = clock;
    }

    synchronized Optional<TokenRealm.Token> find(TokenRealm.Wanted wanted) {
        TokenRealm.Token token = tokens.get(wanted);
        if (token == null || isDue(token)) {
            tokens.remove(wanted);
            return Optional.empty();
        }
        return Optional.of(token);
    }

    /** Whether it is time for another token. */
    boolean isDue(TokenRealm.Token token) {
        return !clock.now().isBefore(token.renewAt());
    }

    synchronized void put(TokenRealm.Wanted wanted, TokenRealm.Token token) {
        tokens.put(wanted, token);
        forgetEldest(tokens);
        if (!token.refreshToken().isEmpty()) {
            refreshTokens.put(wanted.anyScope(), token.refreshToken());
            forgetEldest(refreshTokens);
        }
    }

    /** What the realm said stands for these credentials from now on; empty when it said nothing. */
    synchronized String refreshToken(TokenRealm.Wanted wanted) {
        return refreshTokens.getOrDefault(wanted.anyScope(), "");
    }

    synchronized void forgetRefreshToken(TokenRealm.Wanted wanted) {
        refreshTokens.remove(wanted.anyScope());
    }

    private static <T> void forgetEldest(Map<TokenRealm.Wanted, T> map) {
        if (map.size() > MAX_TOKENS) {
            map.remove(map.keySet().iterator().next());
        }
    }
}
