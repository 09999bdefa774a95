import features
import model_file


def score(rows, model_path):
    model = model_file.load_model(model_path)
    return model_file.scores_of(features.vectors(rows, model), model)
