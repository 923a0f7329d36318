#!/usr/bin/env python3
"""Train naqi's model on the rows that `naqi train` wrote, and report figures by cross-validation.

usage: train.py ROWS_DIR KIND -o MODEL.json [--folds DIR] [--trees N] [--leaves N] [--rate R]

ROWS_DIR  the output folder of `naqi train`
KIND      html or text
--folds   also write a model for each fold, trained without it, as DIR/<fold>/<KIND>.json: clean the fold's records with
          `--set model.folder="DIR/<fold>"` for honest figures

Needs numpy and lightgbm. One thread setting and fixed seeds: the same rows give the same model.
"""
import argparse, json, os, sys, time
import lightgbm as lgb
import numpy as np

LABEL, WORDS, FIRST = 0, 1, 2
# The first trees judge every row, the others only what these leave in doubt (`src/model.rs`): they learn faster, so that little is left.
FIRST_TREES, FIRST_RATE, OTHER_RATE = 40, 1.5, 0.9


def load(folder, kind):
    names = json.load(open(f"{folder}/{kind}.features.json"))
    tables = json.load(open(f"{folder}/{kind}.tables.json"))
    records = [json.loads(line) for line in open(f"{folder}/{kind}.records.jsonl")]
    rows = np.fromfile(f"{folder}/{kind}.f32", dtype="<f4").reshape(-1, len(names) + FIRST)
    assert len(rows) == sum(r["blocks"] for r in records)
    return names, tables, records, rows


def weights(records, rows):
    """Each record counts alike, each block by its words: what a word adds to the record's F1."""
    out = np.empty(len(rows), dtype=np.float32)
    at = 0
    for r in records:
        end = at + r["blocks"]
        words = rows[at:end, WORDS]
        out[at:end] = (words + 1.0) / (r["gold_words"] + 0.1 * words.sum() + 50.0)
        # Clean bodies, given to learn that such are left alone, count half: their share of the records is not that of real dumps.
        out[at:end] *= 0.5 if end > at and rows[at:end, LABEL].mean() > 0.95 else 1.0
        at = end
    return out / out.mean()


def thinned(weight, share):
    """Row numbers and their weights: heavy rows all, of light ones some, which then count for more, so that `share` of all are left."""
    low, high = 0.0, 1e6
    for _ in range(60):
        scale = (low + high) / 2
        low, high = (scale, high) if np.minimum(1.0, scale * weight).mean() < share else (low, scale)
    chance = np.minimum(1.0, np.maximum(scale * weight, share / 5))
    chosen = np.random.RandomState(1).random_sample(len(weight)) < chance
    return chosen, weight / chance


def flat(booster, names, tables):
    """Trees as lists of nodes; a leaf leads to itself; a node's value is the mean of its rows. LightGBM's thresholds are rounded down to 32 bits: `x <= t` stays the same."""
    out = {"format": 3, "features": names, "bias": 0.0, "roots": [], "feature": [], "threshold": [], "left": [], "right": [], "value": []}

    def add(node):
        here = len(out["feature"])
        for key, value in (("feature", 0), ("threshold", 0.0), ("left", here), ("right", here), ("value", 0.0)):
            out[key].append(value)
        if "leaf_value" in node:
            out["value"][here] = round(node["leaf_value"], 4)
            return here
        limit = np.float32(node["threshold"])
        if float(limit) > node["threshold"]:
            limit = np.nextafter(limit, np.float32(-np.inf))
        out["feature"][here], out["threshold"][here] = node["split_feature"], float(str(limit))
        out["value"][here] = round(node["internal_value"], 3)
        out["left"][here] = add(node["left_child"])
        out["right"][here] = add(node["right_child"])
        return here

    for tree in booster.dump_model()["tree_info"]:
        out["roots"].append(add(tree["tree_structure"]))
    out["tables"] = tables
    return out


def save(path, model):
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(path, "w") as file:
        json.dump(model, file, separators=(",", ":"))
        file.write("\n")


def figures(label, probability, rows, records, parts):
    """Word-level F1 of the blocks chosen against the blocks labelled: an estimate, the title and the other detectors left out."""
    for threshold in (0.35, 0.4, 0.45, 0.5, 0.55, 0.6):
        by = {}
        at = 0
        for r in records:
            end = at + r["blocks"]
            if parts is None or r["fold"] in parts:
                words, gold = rows[at:end, WORDS], rows[at:end, LABEL] > 0
                chosen = probability[at:end] >= threshold
                both, all_ = words[chosen & gold].sum(), words[chosen].sum() + r["gold_words"]
                for key in ("all " + r["set"], r["set"] + " " + r["page_type"]):
                    by.setdefault(key, []).append(2 * both / all_ if all_ else 0.0)
            at = end
        print(label, threshold, " ".join(f"{key}={np.mean(v):.4f}" for key, v in sorted(by.items())), flush=True)


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("rows"); a.add_argument("kind", choices=("html", "text")); a.add_argument("-o", "--output", required=True)
    a.add_argument("--folds"); a.add_argument("--trees", type=int, default=160); a.add_argument("--leaves", type=int, default=32, help="32 at most")
    a.add_argument("--depth", type=int, default=8); a.add_argument("--rate", type=float, default=0.1)
    a.add_argument("--rows-at-most", type=int, default=800_000, help="rows that are trained on, of more the lighter ones are thinned out")
    a = a.parse_args()
    names, tables, records, rows = load(a.rows, a.kind)
    weight = weights(records, rows)
    fold = np.repeat([r["fold"] for r in records], [r["blocks"] for r in records])
    # Thresholds drawn at random (extremely randomised trees) did better on sites and languages that were left out, not only in cross-validation.
    settings = dict(objective="binary", learning_rate=a.rate, num_leaves=a.leaves, max_depth=a.depth, min_data_in_leaf=200, feature_fraction=0.5,
                    extra_trees=True, bagging_fraction=0.8, bagging_freq=1, lambda_l2=5.0, max_bin=63, use_missing=False, seed=3, deterministic=True,
                    force_col_wise=True, num_threads=1, verbose=-1)
    chosen, raised = thinned(weight, min(1.0, a.rows_at_most / len(rows)))

    def train(mask):
        used = np.flatnonzero(chosen & mask)
        data = lgb.Dataset(rows[used, FIRST:], label=rows[used, LABEL], weight=raised[used], params=settings)
        rate = lgb.reset_parameter(learning_rate=lambda tree: a.rate * (FIRST_RATE if tree < FIRST_TREES else OTHER_RATE))
        return lgb.train(settings, data, num_boost_round=a.trees, callbacks=[rate])

    if a.folds:
        probability = np.zeros(len(rows))
        for number in sorted(set(fold)):
            start = time.time()
            booster = train(fold != number)
            held = np.flatnonzero(fold == number)
            probability[held] = booster.predict(rows[held, FIRST:])
            save(f"{a.folds}/{number}/{a.kind}.json", flat(booster, names, tables[int(number)]))
            print(f"fold {number}: {time.time() - start:.0f} s", file=sys.stderr, flush=True)
        figures("cross-validation", probability, rows, records, None)
    booster = train(np.ones(len(rows), dtype=bool))
    save(a.output, flat(booster, names, tables[-1]))
    gain = booster.feature_importance("gain")
    for at in np.argsort(-gain)[:40]:
        print(f"{names[at]:24s} {gain[at] / gain.sum():.3f}")


main()
