def run_bench_edits(files):  # replaced below
    raise NotImplementedError
