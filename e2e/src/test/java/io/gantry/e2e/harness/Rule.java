package io.gantry.e2e.harness;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ArgumentsSource;

/**
 * A scenario that shows a rule of the CRI, on a {@link Subject} that it is given: once by each
 * handler of Gantry's, and once on Debian's containerd, which tests the scenario. What a subject
 * does not have to do is said with the reason.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@ParameterizedTest(name = "{0}")
@ArgumentsSource(Subjects.class)
@ExtendWith(Subjects.class)
public @interface Rule {

    /** Why containerd is left out; empty: it is not. */
    String notContainerd() default "";

    /** Why the handler runc is left out; empty: it is not. */
    String notRunc() default "";
}
