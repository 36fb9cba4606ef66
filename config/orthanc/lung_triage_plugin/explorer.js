// Lung Triage in Orthanc Explorer: a button and a panel with the finding on each study page. Orthanc serves this script
// with its own scripts, which include jQuery and jQuery Mobile.
;(function ($) {
  'use strict'

  var root = '../lung-triage/'
  var decisions = {
    present: 'Pneumonia present',
    absent: 'Pneumonia absent',
    undetermined: 'Pneumonia undetermined',
  }
  var states = {
    waiting: 'The study is waiting to be analysed.',
    active: 'The study is being analysed.',
    retrying: 'The analysis failed and will be retried.',
    done: 'No result is available.',
    skipped: 'The study was skipped.',
    dead: 'The analysis failed and will not be retried.',
  }

  $('#study').live('pagebeforecreate', function () {
    var button = $('<a href="#" id="lung-triage-button">').text('Lung Triage')
    var list = $('<ul data-role="listview" data-inset="true" data-theme="d" data-divider-theme="c">')
      .append($('<li data-role="list-divider">').text('Not for diagnostic use'))
      .append($('<li data-icon="info">').append(button))
    $('#study-info').after(list)
    $('#list-series').before(
      $('<div id="lung-triage-panel" role="region" aria-label="Lung Triage" aria-live="polite">').hide(),
    )
    button.click(function (event) {
      event.preventDefault()
      showFinding($.mobile.pageData.uuid)
    })
  })

  // One page serves all studies: clears the finding of the previous study.
  $('#study').live('pagebeforeshow', function () {
    $('#lung-triage-panel').empty().hide()
  })

  function showFinding(orthancId) {
    ask('../studies/' + encodeURIComponent(orthancId)).done(function (study) {
      var uid = study.MainDicomTags.StudyInstanceUID
      ask(root + 'api/studies/' + encodeURIComponent(uid))
        .done(function (triaged) {
          fill(orthancId, uid, describe(triaged))
        })
        .fail(function (answer) {
          fill(orthancId, uid, [
            line(answer.status === 404 ? 'Lung Triage has not received this study.' : trouble(answer)),
          ])
        })
    })
  }

  function ask(address) {
    return $.ajax({ url: address, dataType: 'json', cache: false })
  }

  function trouble(answer) {
    return (
      'Lung Triage does not respond (HTTP ' +
      answer.status +
      '). Ask the Orthanc administrator; the reason is in the log of Orthanc.'
    )
  }

  function describe(study) {
    var finding = study.finding
    if (finding === undefined) return [line(states[study.state] || study.state)].concat(problem(study.problem))
    if (finding.kind === 'withdrawn')
      return [
        line('Withdrawn'),
        line(
          'The model ' + finding.model.name + ' ' + finding.model.version + ' was retracted. Do not use its results.',
        ),
      ]
    if (finding.kind !== 'analysed') return [line('Not analysed')].concat($.map(finding.notAnalysed, problem))
    var parts = [
      $('<h2>').text(decisions[finding.decision] + ': ' + percent(finding.probabilities.pneumonia)),
      line('Probability of pneumonia by the model ' + finding.model.name + ' ' + finding.model.version + '.'),
    ]
    if (finding.imagesDisagree)
      parts.push(
        line(
          'The images of this study give different findings. The most suspicious image determines the study finding.',
        ),
      )
    $.each(finding.flags, function (_, flag) {
      parts.push(line(flag.message))
    })
    for (var index = 0; index < finding.pictureCount; index++)
      parts.push(picture(study.studyInstanceUid, index, finding))
    return parts
  }

  function picture(uid, index, finding) {
    var address = root + 'studies/' + encodeURIComponent(uid) + '/pictures/' + index + '?result=' + finding.resultKey
    var image = $('<img style="max-width: 100%; height: auto">').attr({ src: address, alt: 'Picture ' + (index + 1) })
    return $('<p>').append(
      $('<a target="_blank" rel="noopener" data-ajax="false">').attr('href', address).append(image),
    )
  }

  function problem(problem) {
    return problem === undefined ? [] : [line(problem.reason)]
  }

  // Inserts external text as text, never as HTML.
  function line(text) {
    return $('<p>').text(text)
  }

  function percent(share) {
    // Rounds like the report, the picture and FHIR.
    return Math.round(share * 1000) / 10 + ' %'
  }

  function fill(orthancId, uid, parts) {
    // The reader may have opened another study in the meantime.
    if ($.mobile.pageData.uuid !== orthancId) return
    var panel = $('#lung-triage-panel').empty()
    var page = root + 'studies/' + encodeURIComponent(uid)
    panel.append($('<p>').append($('<strong>').text('Not for diagnostic use.')))
    $.each(parts, function (_, part) {
      panel.append(part)
    })
    panel.append(
      $('<p>').append(
        $('<a target="_blank" rel="noopener" data-ajax="false">').attr('href', page).text('Open the study'),
      ),
    )
    panel.show()
  }
})(jQuery)
