package io.gantry.e2e.harness;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.ArgumentsProvider;
import org.junit.jupiter.params.support.AnnotationConsumer;
import org.junit.jupiter.params.support.ParameterDeclarations;

/** Gives the subjects to a {@link Rule}, and has each look after itself before and after it. */
final class Subjects implements ArgumentsProvider, AnnotationConsumer<Rule>, InvocationInterceptor {

    private boolean runc;
    private boolean containerd;

    @Override
    public void accept(Rule rule) {
        runc = rule.notRunc().isEmpty();
        containerd = rule.notContainerd().isEmpty();
    }

    @Override
    public Stream<? extends Arguments> provideArguments(
            ParameterDeclarations parameters, ExtensionContext context) {
        // First, for what is made later is closed earlier.
        TestBed shared = Node.bed(context);
        SubjectBed bed =
                context.getRoot()
                        .getStore(Namespace.GLOBAL)
                        .getOrComputeIfAbsent(
                                SubjectBed.class, _ -> new SubjectBed(shared), SubjectBed.class);
        List<Subject> subjects = new ArrayList<>(List.of(bed.gantry("")));
        if (runc) {
            subjects.add(bed.gantry("runc"));
        }
        if (containerd) {
            subjects.add(bed.containerd());
        }
        return subjects.stream().map(Arguments::of);
    }

    @Override
    public void interceptTestTemplateMethod(
            Invocation<Void> invocation,
            ReflectiveInvocationContext<Method> call,
            ExtensionContext context)
            throws Throwable {
        Subject subject = (Subject) call.getArguments().getFirst();
        try (var _ = subject.watch()) {
            invocation.proceed();
        }
    }
}
