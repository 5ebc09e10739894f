"""A peer as a long-lived process: it says what it runs on, then runs its case once for every line it is sent.

Protocol, one line each: on start `{"about": {…}}` (or `{"absent": "why"}`) goes to stdout; every line "run" on stdin is
answered with `{"milliseconds": …}` of one run (or with `{"figures": {…}}`, where the case measures them itself); the end of stdin ends the process.
"""
import json
import os
import re
import sys
import time


def say(value):
    sys.stdout.write(json.dumps(value) + '\n')
    sys.stdout.flush()


def absent(why):
    say({'absent': why})
    sys.exit(0)


def module(name, package):
    """Import a module, or say which Debian package is missing."""
    try:
        return __import__(name)
    except ImportError as error:
        absent(f'{package} is not installed ({error})')


def blas():
    """The BLAS that this process has loaded, by its file; the reference BLAS is called libblas."""
    try:
        with open('/proc/self/maps') as maps:
            paths = {line.split()[-1] for line in maps if '.so' in line}
    except OSError:
        return 'unknown'
    names = sorted({os.path.basename(path) for path in paths if re.match(r'lib(openblas|mkl|blis|blas|atlas|f77blas)', os.path.basename(path))})
    fast = [name for name in names if not name.startswith('libblas')]
    return ' '.join(fast) if fast else ' '.join(f'{name} (reference BLAS)' for name in names) or 'none'


def rate(multiply, n=512, repetitions=5):
    """GFLOP/s of an n by n matrix product, the best of several."""
    best = float('inf')
    for _ in range(repetitions + 1):
        start = time.perf_counter()
        multiply()
        best = min(best, time.perf_counter() - start)
    return round(2e-9 * n ** 3 / best, 1)


def peak_bytes():
    """Most memory this process has held: VmHWM where there is a /proc, which forgets what was before exec."""
    try:
        with open('/proc/self/status') as status:
            return next(1024 * int(line.split()[1]) for line in status if line.startswith('VmHWM'))
    except OSError:
        import resource
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == 'darwin' else 1024)


def about_torch(torch):
    a = torch.randn(512, 512)
    return {'version': f'PyTorch {torch.__version__}', 'torchThreads': torch.get_num_threads(), 'blasThreads': os.environ.get('OPENBLAS_NUM_THREADS', 'default'),
            'blas': blas(), 'matmulGflops': rate(lambda: a @ a)}


def about_numpy(np):
    a = np.random.default_rng(0).standard_normal((512, 512)).astype(np.float32)
    return {'version': f'NumPy {np.__version__}', 'blasThreads': os.environ.get('OPENBLAS_NUM_THREADS', 'default'), 'blas': blas(), 'matmulGflops': rate(lambda: a @ a)}


def serve(once, about):
    """`once` runs the case; what it returns (a dict of figures) is the answer, else the time it took."""
    say({'about': about})
    for line in sys.stdin:
        if line.strip() != 'run':
            continue
        start = time.perf_counter()
        figures = once()
        say({'figures': figures} if figures else {'milliseconds': 1e3 * (time.perf_counter() - start)})


def spread(make, processes):
    """`make(k)` gives the work of process k; returns a function that runs all of them once, side by side."""
    if processes == 1:
        return make(0)
    import multiprocessing
    context = multiprocessing.get_context('fork')

    def work(pipe, k):
        once = make(k)
        pipe.send(True)
        while pipe.recv():
            once()
            pipe.send(True)

    pipes = []
    for k in range(processes):
        here, there = context.Pipe()
        context.Process(target=work, args=(there, k), daemon=True).start()
        pipes.append(here)
    for pipe in pipes:
        pipe.recv()

    def once():
        for pipe in pipes:
            pipe.send(True)
        for pipe in pipes:
            pipe.recv()

    return once
