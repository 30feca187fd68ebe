"""Tables of points, as they are labelled by hand."""

import numpy
import pytest

from darfix_wb.dislocation_lines.csv_file import read_csv, write_csv
from darfix_wb.errors import DarfixWBError


@pytest.fixture
def table(tmp_path):
    """Writes a table and reads its lines."""

    def read(text, encoding="utf-8"):
        path = tmp_path / "lines.csv"
        path.write_bytes(text.encode(encoding))
        return read_csv(path)

    return read


def test_a_network_comes_back(tmp_path, phantom):
    write_csv(tmp_path / "lines.csv", phantom)
    rows = (tmp_path / "lines.csv").read_text().splitlines()
    assert rows[0] == "line,layer_name,x_um,y_um,z_um,score,boundary"
    assert rows[1] == "0,1.1,1.5000000,3.2000000,20.0000000,12.5,-1"
    assert rows[6] == "1,5.1,3.1000000,5.9000000,24.9000000,7,0"
    assert rows[7] == "2,1.1,3.3000000,4.7000000,20.5000000,,-1"
    again = read_csv(tmp_path / "lines.csv")
    for one, other in zip(again.lines, phantom.lines, strict=True):
        numpy.testing.assert_allclose(one.points_um, other.points_um)
        numpy.testing.assert_array_equal(one.score, other.score)
    numpy.testing.assert_allclose(again.bounds_um, [(20, 3.2, 1.5), (24.9, 5.9, 3.3)])


def test_lines_are_told_apart_by_their_column_wherever_their_rows_are(table):
    network = table(
        "layer_name,x_um,y_um,z_um,Name\n"
        "a,1,2,3,left\na,5,6,3,right\n\n"
        "b,1.5,2.5,4,left\nb,5,6.5,4,right\nc,6,7,5,right\n"
    )
    assert [line.points_um.tolist() for line in network.lines] == [
        [[3, 2, 1], [4, 2.5, 1.5]],
        [[3, 6, 5], [4, 6.5, 5], [5, 7, 6]],
    ]
    assert network.layer_names == ("a", "b", "c")
    assert network.layers_um.tolist() == [3, 4, 5]


def test_a_file_of_one_line_needs_no_column_for_it(table):
    through = table("layer_name,x_um,y_um,z_um\nc,3,30,2\na,1,10,0\nb,2,20,1\n")
    assert through.lines[0].points_um.tolist() == [[0, 10, 1], [1, 20, 2], [2, 30, 3]]
    within = table("x_um,y_um,z_um\n3,30,2\n1,10,2\n2,20,2\n")
    assert within.lines[0].points_um[:, 2].tolist() == [3, 1, 2]


def test_many_lines_without_a_column_are_refused(table):
    with pytest.raises(DarfixWBError, match=r"5 points in 2 layers, up to 3 in one\. Add a column"):
        table("layer_name,x_um,y_um,z_um\na,1,1,0\na,2,1,0\na,3,1,0\nb,1,1,1\nb,2,1,1\n")


def test_tables_of_other_programs_are_read(table):
    expected = [[0, 2.5, 1.25], [1, 3.5, 2.25]]
    spreadsheet = table("\ufeffline;X_um;Y_um;Z_um\r\n7;1,25;2,5;0\r\n7;2.25;3,5;1\r\n;;;\r\n")
    assert spreadsheet.lines[0].points_um.tolist() == expected
    tabs = table("line\t x_um\ty_um \tz_um\n1\t1.25\t2.5\t0\n1\t2.25\t3.5\t1\n")
    assert tabs.lines[0].points_um.tolist() == expected


def test_remarks_stand_above_the_columns_and_lines_may_be_called_by_a_sign(table):
    network = table("# by hand\n\n#line,x_um,y_um,z_um\n#1,1,2,3\n#1,1,2,4\n#2,5,6,3\n#2,5,6,4\n")
    assert [line.points_um.tolist() for line in network.lines] == [
        [[3, 2, 1], [4, 2, 1]],
        [[3, 6, 5], [4, 6, 5]],
    ]


def test_layers_that_names_do_not_tell_are_left_out(table):
    network = table("line,layer_name,x_um,y_um,z_um\n0,a,1,1,0\n0,a,2,1,0.4\n0,b,2,1,1\n")
    assert network.layer_names == ()
    assert len(network.layers_um) == 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "lacks x_um, y_um, z_um"),
        ("x,y,z\n1,2,3\n", "lacks x_um, y_um, z_um"),
        ("x_um,z_um\n1,2\n", "lacks y_um"),
        ("x_um,y_um,z_um\n1,2,3\n1,two,4\n", "got 'two' in row 3"),
        ("x_um,y_um,z_um\n1,2,3\n1,nan,4\n", "got 'nan' in row 3"),
        ("# by hand\nx_um,y_um,z_um\n\n1,2\n1,2,4\n", "z_um must be a number.*got '' in row 4"),
        ("line,x_um,y_um,z_um\na,1,2,3\nb,1,2,3\nb,1,2,4\n", "one of each of these: a"),
        ("x_um,y_um,z_um\n1,2,3\n", "has one point"),
        ('x_um,y_um,z_um\n1,2,3\n1,"2,4\n1,2,5\n', "z_um must be a number.*got '' in row 3"),
        ("x_um,y_um,z_um\n" + "1" * 200_000, "row 2 .* cannot be read"),
        ("x_um,y_um,z_um\n1,5,2,5,0\n1,5,2,5,1\n", "row 2 .* has 5 for 3 columns. Where numbers"),
        ("line,x_um,y_um,z_um\na,1,2,3\n,1,2,4\na,1,2,5\n", "row 3 of .* does not"),
        ("x_um,y_um,z_um,line\n1,2,3\n1,2,4,a\n1,2,5,a\n", "row 2 of .* does not"),
        ("x_um,y_um,z_um,score\n1,2,3,high\n1,2,4,1\n", "score must be a number"),
    ],
)
def test_a_table_that_cannot_be_used_is_one_sentence(table, text, words):
    with pytest.raises(DarfixWBError, match=words):
        table(text)


def test_a_file_that_is_missing_or_no_text_is_one_sentence(tmp_path, table):
    with pytest.raises(DarfixWBError, match="No such file"):
        read_csv(tmp_path / "none.csv")
    with pytest.raises(DarfixWBError, match="save it as CSV UTF-8"):
        table("line,x_um,y_um,z_um\nümlaut,1,2,3\n", encoding="latin-1")
    with pytest.raises(DarfixWBError):
        read_csv(tmp_path)
